//! What the demo shop sells: twelve categories, their attributes and the words of their titles. All brands are invented.

mod home;
mod sports;
mod tech;

/// A text in Chinese and English.
pub(super) type Words = (&'static str, &'static str);

/// An invented brand.
pub(super) struct Brand {
    pub(super) name: Words,
    /// How much dearer it is than others, in standard deviations of its category's log price.
    pub(super) level: f64,
}

/// The values of an attribute.
pub(super) enum Values {
    /// One of these, the first ones more often.
    Choice(&'static [Words]),
    /// A number: lowest, highest, step.
    Range(f64, f64, f64),
}

/// An attribute of a category.
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) label: Words,
    pub(super) unit: &'static str,
    pub(super) values: Values,
}

/// A category with what its products are like. Templates name attributes in braces.
pub(super) struct Kind {
    pub(super) slug: &'static str,
    /// From the widest to the narrowest.
    pub(super) path: &'static [Words],
    /// Places in [`BRANDS`].
    pub(super) brands: &'static [usize],
    /// Names of series.
    pub(super) models: &'static [&'static str],
    pub(super) title: Words,
    pub(super) description: Words,
    /// What people type to find it.
    pub(super) queries: &'static [Words],
    /// Mean and standard deviation of the natural logarithm of the price in yuan.
    pub(super) price: (f64, f64),
    /// The attribute that shoppers have a taste for; one of `attributes`, a choice.
    pub(super) choice: &'static str,
    /// How strongly demand follows the season of the product: 0 not at all.
    pub(super) seasonal: bool,
    pub(super) attributes: &'static [Attribute],
}

/// The twelve categories.
pub(super) fn kinds() -> impl Iterator<Item = &'static Kind> {
    sports::KINDS.iter().chain(tech::KINDS).chain(home::KINDS)
}

pub(super) const fn choice(name: &'static str, label: Words, values: &'static [Words]) -> Attribute {
    Attribute { name, label, unit: "", values: Values::Choice(values) }
}

pub(super) const fn range(
    name: &'static str,
    label: Words,
    unit: &'static str,
    (low, high, step): (f64, f64, f64),
) -> Attribute {
    Attribute { name, label, unit, values: Values::Range(low, high, step) }
}

const fn brand(zh: &'static str, en: &'static str, level: f64) -> Brand {
    Brand { name: (zh, en), level }
}

/// No such brands exist as far as we know.
pub(super) const BRANDS: [Brand; 24] = [
    brand("科梵", "Corvane", 0.6),
    brand("云麓坊", "Yunlufang", 0.0),
    brand("平漂", "Pindrift", -0.5),
    brand("栖洛拉", "Qelora", 0.9),
    brand("哈芙伦", "Halvren", 0.3),
    brand("泽芙蕾", "Zephrae", -0.2),
    brand("潮汐原", "Tidemoor", 0.4),
    brand("布林德", "Brindelay", -0.7),
    brand("奥卡薇", "Okavira", 0.0),
    brand("芬洛赫", "Fenlochan", 0.5),
    brand("苏瓦罗", "Suvarolo", -0.4),
    brand("玛莉索", "Marisolt", 0.7),
    brand("凯斯诺", "Kestrano", 0.1),
    brand("光砚", "Luminyan", 0.8),
    brand("雀栏", "Wrenfold", -0.3),
    brand("德罗万", "Drovanta", 0.2),
    brand("欧缇丝", "Aubrisse", 1.0),
    brand("山止", "Shanzhiva", -0.6),
    brand("青屿", "Qingyuan Isle", -0.1),
    brand("木白里", "Mubaili", 0.0),
    brand("极昼线", "Polarline Nine", 0.5),
    brand("麦浪谷", "Mailanggu", -0.8),
    brand("星桥", "Xingqiao Works", 0.3),
    brand("禾间", "Hejiana", -0.2),
];

/// Colours; the picture of a product knows them by their English names.
pub(super) const COLOURS: [Words; 12] = [
    ("黑色", "black"),
    ("白色", "white"),
    ("深灰", "dark grey"),
    ("海军蓝", "navy"),
    ("天蓝", "sky blue"),
    ("墨绿", "deep green"),
    ("薄荷绿", "mint"),
    ("酒红", "burgundy"),
    ("珊瑚橙", "coral"),
    ("姜黄", "mustard"),
    ("浅粉", "pale pink"),
    ("丁香紫", "lilac"),
];

pub(super) const STYLES: [Words; 5] =
    [("简约", "minimal"), ("运动", "sporty"), ("经典", "classic"), ("活泼", "playful"), ("科技", "technical")];

/// The first is no season.
pub(super) const SEASONS: [Words; 5] =
    [("四季", "all year"), ("春季", "spring"), ("夏季", "summer"), ("秋季", "autumn"), ("冬季", "winter")];
