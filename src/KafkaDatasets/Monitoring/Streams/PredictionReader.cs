using System.Diagnostics;
using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Metrics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Reads what a model said of a row: there is one for each kind of label, which also chooses how its predictions are counted.</summary>
internal abstract class PredictionReader
{
    /// <summary>The columns of the scores that are read as 32-bit floating-point numbers.</summary>
    public abstract IReadOnlyList<TensorColumn> Numbers { get; }

    /// <summary>The columns of the scores that are read as they are.</summary>
    public virtual IReadOnlyList<string> Columns => [];

    /// <summary>Chooses the reader.</summary>
    /// <param name="scores">The columns of the scores topic.</param>
    /// <param name="labels">The label of the labels topic.</param>
    /// <param name="options">The names of the columns.</param>
    /// <param name="faults">Gets what the topic lacks.</param>
    public static PredictionReader Of(DatasetSchema scores, ColumnRoles labels, MonitorOptions options, List<string> faults) => labels.Label!.Kind switch
    {
        LabelKind.Binary => new BinaryPredictions(scores, options, faults),
        LabelKind.Category => new ClassPredictions(scores, labels.Categories!, options, faults),
        LabelKind.Regression => new NumberPredictions(scores, options, faults),
        _ => throw new UnreachableException(labels.Label.Kind.ToString()),
    };

    /// <summary>The number of rows with scores of another number than there are classes.</summary>
    public long WrongLengths { get; protected set; }

    /// <summary>The number of rows whose probability is not between 0 and 1.</summary>
    public long OutOfRange { get; protected set; }

    public abstract MetricsAccumulator CreateAccumulator();

    /// <summary>Finds the columns in blocks.</summary>
    public abstract void Bind(RowLayout layout);

    /// <summary>The prediction for a row; null if it has none.</summary>
    public abstract Prediction? Read(RowBlock block, int row);

    protected static bool IsNumber(DatasetSchema schema, string name) =>
        schema.TryGetColumn(name, out DatasetColumn? column) && column is { IsVector: false, Type: <= ColumnType.Double, Part: null };

    /// <summary>The problem that a topic has none of the columns which a reader needs.</summary>
    /// <param name="schema">The columns of the topic.</param>
    /// <param name="options">The names that are looked for.</param>
    /// <param name="wanted">What there is not, for example <c>no number 'Score'</c>.</param>
    /// <param name="named">The options that name the columns.</param>
    protected static string Lacking(DatasetSchema schema, MonitorOptions options, string wanted, string named) =>
        $"topic '{options.ScoresTopic}' has {wanted}, but {string.Join(", ", schema.Columns.Where(c => c.Part is null).Select(c => c.Name))}: name the column with {named}";
}
