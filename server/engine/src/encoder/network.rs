//! The forward pass over a ragged group of sequences: no padding, no masks.
//!
//! Tokens of all sequences of a group are the rows of one activation; only attention looks at
//! where a sequence starts and ends. Parallelism is over output panels and heads, so one query
//! uses every thread of the pool, and groups may run in parallel on top of that.

use std::ops::Range;

use rayon::prelude::*;

use super::kernel::{Panels, Product, Row, WIDTH};
use super::math::{Activate, Activation, AddNorm, ScaleRows, Softmax};

/// Rows of queries that share one pass over the keys, so that their scores stay in the L1 cache.
const QUERY_ROWS: usize = 32;

/// A dense layer, packed.
pub(super) struct Linear {
    /// Inner dimension, a multiple of [`WIDTH`].
    pub(super) inputs: usize,
    /// `[output panel][inputs][WIDTH]`
    pub(super) weight: Vec<Row>,
    /// `[output panel][WIDTH]`
    pub(super) bias: Vec<Row>,
}

pub(super) struct Norm {
    /// `[panel]`, zero past the true width.
    pub(super) gain: Vec<Row>,
    pub(super) bias: Vec<Row>,
}

pub(super) struct Layer {
    /// Queries (already divided by the root of the head width), keys, values: `[3][head][head panel]`.
    pub(super) qkv: Linear,
    pub(super) context: Linear,
    pub(super) attention_norm: Norm,
    pub(super) up: Linear,
    pub(super) down: Linear,
    pub(super) output_norm: Norm,
}

pub(super) struct Network {
    pub(super) arch: pulp::Arch,
    pub(super) hidden: usize,
    pub(super) heads: usize,
    pub(super) head_width: usize,
    pub(super) activation: Activation,
    pub(super) epsilon: f32,
    /// `[vocabulary][hidden]`
    pub(super) words: Vec<f32>,
    /// `[position][hidden]`, with the embedding of token type 0 added.
    pub(super) positions: Vec<f32>,
    pub(super) embedding_norm: Norm,
    pub(super) layers: Vec<Layer>,
}

/// The last hidden states of a group.
pub(super) struct States {
    rows: usize,
    /// `[panel][rows][WIDTH]`
    data: Vec<Row>,
    pub(super) hidden: usize,
    /// Rows of each sequence.
    pub(super) spans: Vec<Range<usize>>,
}

impl States {
    /// The state of one row, `[hidden]`.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = f32> + '_ {
        let panels = self.data.iter().skip(row).step_by(self.rows);
        panels.flat_map(|row| row.0).take(self.hidden)
    }
}

impl Network {
    /// Rows of the position table.
    pub(super) fn max_tokens(&self) -> usize {
        self.positions.len() / self.hidden
    }

    /// Runs sequences of token ids. Ids and lengths must be within the tables (the tokenizer and
    /// the truncation are checked against them at load); what is not, reads as zero.
    pub(super) fn forward(&self, sequences: &[&[u32]]) -> States {
        let mut spans = Vec::with_capacity(sequences.len());
        let mut rows = 0;
        for ids in sequences {
            spans.push(rows..rows + ids.len());
            rows += ids.len();
        }
        let mut x = self.embed(sequences, rows);
        let panels = self.hidden.div_ceil(WIDTH);
        let heads = self.heads * self.head_width.div_ceil(WIDTH);
        let inner = self.layers.iter().map(|layer| layer.up.bias.len()).max().unwrap_or(0);
        let mut wide = vec![Row::ZERO; rows * inner.max(3 * heads)];
        let mut context = vec![Row::ZERO; rows * heads];
        let mut narrow = vec![Row::ZERO; rows * panels];
        for layer in &self.layers {
            let qkv = &mut wide[..rows * 3 * heads];
            self.linear(&layer.qkv, rows, &x, qkv, None);
            self.attention(rows, qkv, &spans, &mut context);
            self.linear(&layer.context, rows, &context, &mut narrow, None);
            self.add_norm(&layer.attention_norm, rows, &mut x, &narrow);
            let up = &mut wide[..rows * layer.up.bias.len()];
            self.linear(&layer.up, rows, &x, up, Some(self.activation));
            self.linear(&layer.down, rows, up, &mut narrow, None);
            self.add_norm(&layer.output_norm, rows, &mut x, &narrow);
        }
        States { rows, data: x, hidden: self.hidden, spans }
    }

    fn embed(&self, sequences: &[&[u32]], rows: usize) -> Vec<Row> {
        let panels = self.hidden.div_ceil(WIDTH);
        let mut x = vec![Row::ZERO; rows * panels];
        let mut positions = vec![Row::ZERO; rows * panels];
        let tokens = sequences.iter().flat_map(|ids| ids.iter().enumerate());
        for (row, (position, id)) in tokens.enumerate() {
            fill(&mut x, rows, row, &self.words, *id as usize, self.hidden);
            fill(&mut positions, rows, row, &self.positions, position, self.hidden);
        }
        self.add_norm(&self.embedding_norm, rows, &mut x, &positions);
        x
    }

    fn linear(&self, linear: &Linear, rows: usize, x: &[Row], out: &mut [Row], activation: Option<Activation>) {
        let x = Panels { rows, data: x };
        let panels = linear.weight.par_chunks(linear.inputs).zip(&linear.bias);
        out.par_chunks_mut(rows.max(1)).zip(panels).for_each(|(out, (weight, bias))| {
            self.arch.dispatch(Product { x, first: 0, weight, bias, out: &mut *out });
            if let Some(activation) = activation {
                self.arch.dispatch(Activate { activation, rows: out });
            }
        });
    }

    fn add_norm(&self, norm: &Norm, rows: usize, x: &mut [Row], residual: &[Row]) {
        self.arch.dispatch(AddNorm {
            x,
            residual,
            rows,
            columns: self.hidden,
            gain: &norm.gain,
            bias: &norm.bias,
            epsilon: self.epsilon,
        });
    }

    /// `context[head] = soft-max(Q · Kᵀ) · V` within each span.
    fn attention(&self, rows: usize, qkv: &[Row], spans: &[Range<usize>], context: &mut [Row]) {
        let size = self.head_width.div_ceil(WIDTH) * rows;
        if size == 0 {
            return;
        }
        let (queries, rest) = qkv.split_at(self.heads * size);
        let (keys, values) = rest.split_at(self.heads * size);
        let heads = queries.par_chunks(size).zip(keys.par_chunks(size)).zip(values.par_chunks(size));
        context.par_chunks_mut(size).zip(heads).for_each(|(out, ((q, k), v))| {
            let mut head = Head { network: self, rows, q, k, v, transposed: Vec::new(), scores: Vec::new() };
            for span in spans {
                head.attend(span.clone(), out);
            }
        });
    }
}

/// One attention head: `q`, `k` and `v` are `[head panel][rows][WIDTH]`.
struct Head<'a> {
    network: &'a Network,
    rows: usize,
    q: &'a [Row],
    k: &'a [Row],
    v: &'a [Row],
    /// `[key panel][head width][WIDTH]`
    transposed: Vec<Row>,
    /// `[key panel][query][WIDTH]`
    scores: Vec<Row>,
}

impl Head<'_> {
    fn attend(&mut self, span: Range<usize>, out: &mut [Row]) {
        let (arch, width) = (self.network.arch, self.network.head_width);
        let keys = span.len();
        self.transpose_keys(&span);
        for start in span.clone().step_by(QUERY_ROWS) {
            let queries = QUERY_ROWS.min(span.end - start);
            self.scores.resize(keys.div_ceil(WIDTH) * queries, Row::ZERO);
            let x = Panels { rows: self.rows, data: self.q };
            for (weight, out) in self.transposed.chunks(width).zip(self.scores.chunks_mut(queries)) {
                arch.dispatch(Product { x, first: start, weight, bias: &Row::ZERO, out });
            }
            let scale = &mut [0.0; QUERY_ROWS][..queries];
            arch.dispatch(Softmax { scores: &mut self.scores, keys, scale });
            let x = Panels { rows: queries, data: &self.scores };
            for (values, out) in self.v.chunks(self.rows).zip(out.chunks_mut(self.rows)) {
                let out = &mut out[start..start + queries];
                let weight = &values[span.clone()];
                arch.dispatch(Product { x, first: 0, weight, bias: &Row::ZERO, out });
                arch.dispatch(ScaleRows { rows: out, scale });
            }
        }
    }

    fn transpose_keys(&mut self, span: &Range<usize>) {
        let width = self.network.head_width;
        self.transposed.clear();
        self.transposed.resize(span.len().div_ceil(WIDTH) * width, Row::ZERO);
        for (panel, keys) in self.k.chunks(self.rows).enumerate() {
            for (key, row) in keys[span.clone()].iter().enumerate() {
                let columns = self.transposed[key / WIDTH * width..][..width].iter_mut();
                for (column, value) in columns.skip(panel * WIDTH).zip(row.0) {
                    column.0[key % WIDTH] = value;
                }
            }
        }
    }
}

/// Copies row `index` of a `[_, hidden]` table to `row` of the panels.
fn fill(panels: &mut [Row], rows: usize, row: usize, table: &[f32], index: usize, hidden: usize) {
    let Some(source) = table.chunks_exact(hidden).nth(index) else { return };
    for (out, source) in panels.iter_mut().skip(row).step_by(rows).zip(source.chunks(WIDTH)) {
        out.0[..source.len()].copy_from_slice(source);
    }
}
