using System.Diagnostics;
using KafkaDatasets.Live;
using KafkaDatasets.MLNet;
using KafkaDatasets.Rows;
using Microsoft.ML;

namespace KafkaDatasets.Scoring;

/// <summary>The columns that a scorer reads: those that its first model needs, those that are passed through, and the records' keys.</summary>
internal sealed class ScoringLayout
{
    private readonly string _key;
    private readonly string _hasKey;

    private ScoringLayout(LiveSession session, LiveBatchOptions batches, DataViewSchema topic, string key, string hasKey)
    {
        Topic = topic;
        _key = key;
        _hasKey = hasKey;
        Batches = batches;
        Rows = session.LayoutOf(batches);
        View = session.ViewSchemaOf(Rows);
    }

    /// <summary>All columns of the topic, read or not: a model is bound to them.</summary>
    public DataViewSchema Topic { get; }

    public LiveBatchOptions Batches { get; }

    public RowLayout Rows { get; }

    public ViewSchema View { get; }

    /// <summary>The columns for the keys, which a scorer adds to the dataset's record columns.</summary>
    public static IReadOnlyList<RecordColumn> KeyColumns { get; } = [RecordColumn.KeyBytes("(key)"), RecordColumn.HasKey("(has key)")];

    /// <exception cref="ModelException">The model does not fit the topic.</exception>
    public static ScoringLayout Of(ScoringModel model, LiveSession session, ScorerOptions options)
    {
        DatasetSchema schema = session.Dataset.Schema;
        var view = new ViewSchema(session.Dataset.Roles, ViewFields.Of(schema, session.Dataset.Roles, ViewColumns.All));
        HashSet<string> needed = [.. ModelBinding.Of(model, view.DataView, session.Dataset.Roles, options).Inputs];
        string[] keys = [.. schema.RecordColumns.TakeLast(KeyColumns.Count).Select(c => c.Name)];
        return new ScoringLayout(
            session,
            new LiveBatchOptions
            {
                BatchSize = options.BatchSize,
                MaxDelay = options.MaxDelay,
                Columns = [.. view.Columns.Where(c => c.Role == ViewColumnRole.Field && needed.Contains(c.Name) && !ViewFields.IsPosition(c.Source!)).Select(c => c.Name).Except(keys), .. keys],
            },
            view.DataView,
            keys[0],
            keys[1]);
    }

    /// <summary>A cursor that enters one block after another, with the columns active that a model needs.</summary>
    /// <exception cref="ModelException">It needs a column that is not read.</exception>
    public KafkaCursor OpenCursor(ModelBinding binding) =>
        new(View, View.Activate(binding.Inputs.Select(name => View.DataView.GetColumnOrNull(name) ?? throw binding.Unfit($"it needs the column '{name}', which is not read: the scorer reads the columns that its first model needs. Start it again"))), Rows, static () => throw new UnreachableException("The cursor is only moved within a block."), static (_, row) => (ulong)row, null);

    /// <summary>The key of a row, or null if it has none.</summary>
    public ReadOnlySpan<byte> KeyOf(RowBlock block, int row, out bool hasKey)
    {
        hasKey = ((FixedColumn<bool>)block.Columns[Rows.Field(_hasKey)]).Values[row];
        var keys = (RaggedColumn)block.Columns[Rows.Field(_key)];
        return hasKey ? ((FixedColumn<byte>)keys.Items).Values.AsSpan(keys.Row(row)) : default;
    }
}
