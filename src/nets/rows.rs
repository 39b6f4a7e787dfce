//! Rows of a batch in memory that may be padded.

/// `count × columns` numbers, row by row, each row contiguous.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, R> {
    values: &'a [R],
    columns: usize,
    stride: usize,
    count: usize,
}

impl<'a, R> Rows<'a, R> {
    pub(crate) fn new(values: &'a [R], columns: usize, stride: usize, count: usize) -> Self {
        assert!(columns <= stride && values.len() >= count * stride, "rows of a batch");
        Self { values, columns, stride, count }
    }

    /// Number of rows.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Numbers per row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Row `b`.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, b: usize) -> &'a [R] {
        assert!(b < self.count, "a row that does not exist");
        &self.values[b * self.stride..][..self.columns]
    }

    /// All rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [R]> + use<'a, R> {
        let columns = self.columns;
        self.values[..self.count * self.stride].chunks_exact(self.stride).map(move |row| &row[..columns])
    }
}

/// The same, to be written.
#[derive(Debug)]
pub struct RowsMut<'a, R> {
    values: &'a mut [R],
    columns: usize,
    stride: usize,
    count: usize,
}

impl<'a, R> RowsMut<'a, R> {
    pub(crate) fn new(values: &'a mut [R], columns: usize, stride: usize, count: usize) -> Self {
        assert!(columns <= stride && values.len() >= count * stride, "rows of a batch");
        Self { values, columns, stride, count }
    }

    /// Row `b`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&mut self, b: usize) -> &mut [R] {
        assert!(b < self.count, "a row that does not exist");
        &mut self.values[b * self.stride..][..self.columns]
    }

    /// All rows in order.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [R]> {
        let columns = self.columns;
        self.values[..self.count * self.stride]
            .chunks_exact_mut(self.stride)
            .map(move |row| &mut row[..columns])
    }

    /// All rows with their padding.
    pub(crate) fn whole(&mut self) -> &mut [R] {
        &mut self.values[..self.count * self.stride]
    }
}
