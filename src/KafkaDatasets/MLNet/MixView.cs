using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using Microsoft.ML;

namespace KafkaDatasets.MLNet;

/// <summary>Several topics as one ML.NET view.</summary>
internal sealed class MixView : IDataView
{
    private readonly KafkaDatasetMix _mix;
    private readonly ViewSchema _schema;
    private readonly PassLog _log;

    public MixView(KafkaDatasetMix mix, MLContext ml)
    {
        KafkaDataset first = mix.Datasets[0];
        _mix = mix;
        var common = MixColumns.Common(mix.Datasets, first.Schema.Columns.Concat(first.Schema.RecordColumns)).ToHashSet();
        _schema = new ViewSchema(first.Roles, ViewFields.Of(first.Schema, first.Roles, first.ViewColumns).Where(f => common.Contains(f.Source)));
        _log = new PassLog(ml, string.Join(" and ", mix.Datasets.Select(d => d.Snapshot)), mix.Names);
    }

    public DataViewSchema Schema => _schema.DataView;

    public bool CanShuffle => true;

    /// <summary>The row count: unknown, because the number of offsets is not the number of rows, unless it is 0.</summary>
    public long? GetRowCount() => _mix.Datasets.All(d => d.Snapshot.Length == 0) ? 0 : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        bool[] active = _schema.Activate(columnsNeeded);
        Shuffle? shuffle = rand is null ? null : Shuffle.Seeded(rand.NextInt64()); // drawn here and not later: trainers pass one Random to many cursors
        ViewColumn[] wanted = [.. _schema.Columns.Where((_, i) => active[i])];
        bool withFeatures = wanted.Any(c => c.Role == ViewColumnRole.Features);
        string[] fields = [.. wanted.Where(c => c.Role == ViewColumnRole.Field && !ViewFields.IsPosition(c.Source!)).Select(c => c.Source!.Name)];
        var layouts = new List<RowLayout>();
        var ids = new List<RowIds>();
        var bases = new long[_mix.Datasets.Count];
        foreach ((int topic, KafkaDataset dataset) in _mix.Datasets.Index())
        {
            dataset.ThrowIfDisposed();
            layouts.Add(dataset.LayoutOf(withFeatures, Columns(dataset, fields)));
            ids.Add(new RowIds(dataset.Snapshot));
            bases[topic] = topic == 0 ? 0 : bases[topic - 1] + _mix.Datasets[topic - 1].Snapshot.Length;
        }

        var layout = new RowLayout(_mix.Datasets[0].Roles, withFeatures, Columns(_mix.Datasets[0], fields));
        return new KafkaCursor(
            _schema,
            active,
            layout,
            () =>
            {
                MixReader reader = _mix.OpenCursor(layout, layouts, shuffle);
                return new CursorPass(reader, reader.Abandon, () => reader.Elapsed);
            },
            (block, row) => (ulong)(bases[block.Topics[row]] + ids[block.Topics[row]].Of(block.Partitions[row], block.Offsets[row])),
            _log);
    }

    /// <summary>Returns one cursor, as <see cref="KafkaView"/> does.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static IEnumerable<BlockColumn> Columns(KafkaDataset dataset, IEnumerable<string> fields) => fields.Select(name =>
        dataset.Schema.TryGetColumn(name, out DatasetColumn? column) ? new BlockColumn(column) : throw new KeyNotFoundException(name));
}
