namespace KafkaDatasets.Rows;

/// <summary>A row of one of several blocks.</summary>
/// <param name="Block">The block's index.</param>
/// <param name="Row">The row in it.</param>
internal readonly record struct RowPosition(int Block, int Row);
