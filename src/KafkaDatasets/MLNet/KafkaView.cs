using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace KafkaDatasets.MLNet;

/// <summary>A dataset as an ML.NET view, which holds only the dataset: each cursor is a separate pass.</summary>
internal sealed class KafkaView(KafkaDataset dataset, IHostEnvironment? environment, IEnumerable<ViewField>? fields = null) : IDataView
{
    private readonly ViewSchema _schema = new(dataset.Roles, fields ?? ViewFields.Of(dataset.Schema, dataset.Roles, dataset.ViewColumns));
    private readonly PassLog? _log = environment is null ? null : new PassLog(environment, dataset.Snapshot);

    public DataViewSchema Schema => _schema.DataView;

    public bool CanShuffle => true;

    /// <summary>The row count: unknown, because the number of offsets is not the number of rows, unless it is 0.</summary>
    public long? GetRowCount() => dataset.Snapshot.Length == 0 ? 0 : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        dataset.ThrowIfDisposed();
        bool[] active = _schema.Activate(columnsNeeded);
        Shuffle? shuffle = rand is null ? null : Shuffle.Seeded(rand.NextInt64()); // drawn here and not later: trainers pass one Random to many cursors
        ViewColumn[] wanted = [.. _schema.Columns.Where((_, i) => active[i])];
        var layout = dataset.LayoutOf(
            wanted.Any(c => c.Role == ViewColumnRole.Features),
            wanted.Where(c => c.Role == ViewColumnRole.Field && !ViewFields.IsPosition(c.Source!)).Select(c => new BlockColumn(c.Source!)));
        var ids = new RowIds(dataset.Snapshot);
        return new KafkaCursor(_schema, active, layout, () => Open(layout, shuffle), (block, row) => (ulong)ids.Of(block.Partitions[row], block.Offsets[row]), _log);
    }

    /// <summary>
    /// Returns one cursor, whatever <paramref name="n"/> is: a pass already decodes records on several cores, and if a transform has work for several threads,
    /// ML.NET splits the cursor itself. In measurements with transforms, text features and k-means, two cursors sharing one pass saved neither processor time nor elapsed time.
    /// With one cursor, multithreaded k-means is also repeatable, which it is not if threads compete for the rows.
    /// </summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private CursorPass Open(RowLayout layout, Shuffle? shuffle)
    {
        (BlockReader reader, IRowReader rows) = dataset.OpenCursor(layout, shuffle);
        return new CursorPass(rows, reader.Abandon, () => reader.Elapsed);
    }
}
