namespace KafkaDatasets.Decoding.Csv;

/// <summary>A record's key that is one scalar as text.</summary>
internal sealed class TextPlan(TextStep column, IReadOnlyList<BlockColumn> layout) : ValuePlan(layout)
{
    public override void Decode(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        field = column.Field;
        column.Store(value, block);
    }
}
