using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace KafkaDatasets.MLNet;

/// <summary>A dataset as ML.NET sees it. It holds nothing but the dataset: each cursor is a separate pass.</summary>
internal sealed class KafkaView(KafkaDataset dataset, IHostEnvironment? environment, IEnumerable<ViewField>? fields = null) : IDataView
{
    private readonly ViewSchema _schema = new(dataset.Roles, fields ?? ViewFields.Of(dataset.Schema, dataset.Roles, dataset.ViewColumns));
    private readonly PassLog? _log = environment is null ? null : new PassLog(environment, dataset.Snapshot);

    public DataViewSchema Schema => _schema.DataView;

    public bool CanShuffle => true;

    /// <summary>The number of offsets is no number of rows, unless it is 0.</summary>
    public long? GetRowCount() => dataset.Snapshot.Length == 0 ? 0 : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        dataset.ThrowIfDisposed();
        bool[] active = _schema.Activate(columnsNeeded);
        Shuffle? shuffle = rand is null ? null : Shuffle.Seeded(rand.NextInt64()); // drawn at once: trainers pass one Random to many cursors
        ViewColumn[] wanted = [.. _schema.Columns.Where((_, i) => active[i])];
        var layout = dataset.CursorLayout(
            wanted.Any(c => c.Role == ViewColumnRole.Features),
            wanted.Where(c => c.Role == ViewColumnRole.Field && !ViewFields.IsPosition(c.Source!)).Select(c => new BlockColumn(c.Source!)));
        var ids = new RowIds(dataset.Snapshot);
        return new KafkaCursor(_schema, active, layout, () => Open(layout, shuffle), (block, row) => (ulong)ids.Of(block.Partitions[row], block.Offsets[row]), _log);
    }

    /// <summary>
    /// One cursor, whatever <paramref name="n"/> is: records are decoded on several cores within a pass, and where a transform has work for several threads,
    /// ML.NET splits one cursor itself. Two cursors that drew on one pass saved neither processor time nor time, measured with transforms, text features and k-means.
    /// And with one cursor k-means on several threads is repeatable, which it is not when the threads race for the rows.
    /// </summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private CursorPass Open(RowLayout layout, Shuffle? shuffle)
    {
        (BlockReader reader, IRowReader rows) = dataset.OpenCursor(layout, shuffle);
        return new CursorPass(rows, reader.Abandon, () => reader.Elapsed);
    }
}
