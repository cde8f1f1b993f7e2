using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>A cursor that is read into rows.</summary>
internal sealed class Pass : IDisposable
{
    private readonly DataViewRowCursor _cursor;
    private readonly ColumnProbe?[] _probes;
    private readonly ValueGetter<DataViewRowId> _id;

    public Pass(DataViewRowCursor cursor, DataViewSchema schema, Func<DataViewSchema.Column, bool>? isWanted = null)
    {
        _cursor = cursor;
        _probes = [.. schema.Select(c => isWanted is null || isWanted(c) ? ColumnProbe.Of(cursor, c) : null)];
        _id = cursor.GetIdGetter();
    }

    public DataViewRowCursor Cursor => _cursor;

    public bool MoveNext() => _cursor.MoveNext();

    public Row Current()
    {
        DataViewRowId id = default;
        _id(ref id);
        return new Row(id, _cursor.Position, _cursor.Batch, [.. _probes.Select(p => p?.Read())]);
    }

    /// <summary>The rows to the end, or as many as wanted; then the cursor is disposed, unless it is left where it is.</summary>
    public List<Row> Read(int atMost = int.MaxValue, bool dispose = true)
    {
        var rows = new List<Row>();
        while (rows.Count < atMost && MoveNext())
        {
            rows.Add(Current());
        }

        if (dispose)
        {
            _cursor.Dispose();
        }

        return rows;
    }

    public void Dispose() => _cursor.Dispose();
}
