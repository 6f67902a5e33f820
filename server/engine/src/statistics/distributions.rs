//! The distributions that tests need, to about twelve digits.
use std::sync::LazyLock;

/// Logarithm of the gamma function for positive arguments (Lanczos, SIAM J. Numer. Anal. 1964, with Godfrey's coefficients, g = 7).
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        // Reflection.
        return (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut places = 1_u32..;
    let sum = COEFFICIENTS.iter().fold(0.999_999_999_999_809_9, |sum, coefficient| {
        sum + coefficient / (x + places.next().map_or(1.0, f64::from))
    });
    let t = x + 7.5;
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// A continued fraction by Lentz's method: `b0 + a1/(b1 + a2/(b2 + ...))`.
fn fraction(b0: f64, terms: impl Fn(f64) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    const MOST: u32 = 2_000;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut value = away(b0);
    let (mut c, mut d) = (value, 0.0);
    for n in 1..=MOST {
        let (a, b) = terms(f64::from(n));
        d = away(b + a * d).recip();
        c = away(b + a / c);
        let step = c * d;
        value *= step;
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// The upper tail of the gamma distribution, `Q(a, x)`.
fn gamma_tail(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (a.recip(), a.recip(), a);
        while term.abs() > sum.abs() * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        1.0 - scale * sum
    } else {
        scale / fraction(x + 1.0 - a, |n| (-n * (n - a), x + 2.0 * n + 1.0 - a))
    }
}

/// The regularised incomplete beta function `I_x(a, b)` (Numerical Recipes, section 6.4).
fn beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let scale = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    let near = |a: f64, b: f64, x: f64| {
        let value = fraction(1.0, |n| {
            let m = (n / 2.0).floor();
            let even = n % 2.0 == 0.0;
            let numerator = if even {
                m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
            } else {
                -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
            };
            (numerator, 1.0)
        });
        scale / (value * a)
    };
    if x < (a + 1.0) / (a + b + 2.0) { near(a, b, x) } else { 1.0 - near(b, a, 1.0 - x) }
}

/// The upper tail of the standard normal distribution.
pub(super) fn normal_tail(z: f64) -> f64 {
    let half = 0.5 * gamma_tail(0.5, z * z / 2.0);
    if z < 0.0 { 1.0 - half } else { half }
}

/// The upper tail of chi-square.
pub(super) fn chi_square_tail(x: f64, degrees: f64) -> f64 {
    gamma_tail(degrees / 2.0, x / 2.0)
}

/// The upper tail of Student's t.
pub(super) fn student_tail(t: f64, degrees: f64) -> f64 {
    let half = 0.5 * beta(degrees / 2.0, 0.5, degrees / (degrees + t * t));
    if t < 0.0 { 1.0 - half } else { half }
}

/// Where a falling tail reaches `tail`, by halving: the tails above are smooth, and forty more digits cost nothing here.
fn quantile(tail: f64, of: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-1e3, 1e3);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if of(middle) > tail { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// What a standard normal exceeds with probability `tail`.
pub(super) fn normal_quantile(tail: f64) -> f64 {
    quantile(tail, normal_tail)
}

/// What Student's t exceeds with probability `tail`.
pub(super) fn student_quantile(tail: f64, degrees: f64) -> f64 {
    quantile(tail, |t| student_tail(t, degrees))
}

/// The normal deviate of the interval that [`super::CONFIDENCE`] asks for.
pub(super) fn deviate() -> f64 {
    static DEVIATE: LazyLock<f64> = LazyLock::new(|| normal_quantile((1.0 - super::CONFIDENCE) / 2.0));
    *DEVIATE
}
