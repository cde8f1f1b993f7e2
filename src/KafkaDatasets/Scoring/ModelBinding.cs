using System.Reflection;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.MLNet;
using KafkaDatasets.Rows;
using KafkaDatasets.Shapes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Scoring;

/// <summary>
/// A model applied to the columns of a topic: which of the model's columns are written, and which columns of the topic it needs for them.
/// Many pipelines also transform what only training needs, such as a label, which new records do not have. Such a column is part of the input's schema and never read.
/// </summary>
internal sealed class ModelBinding
{
    private static readonly string[] ScoreColumns = ["PredictedLabel", "Score", "Probability"];

    private ModelBinding(ScoringModel model, IRowToRowMapper mapper, IReadOnlyList<DataViewSchema.Column> columns, IReadOnlyList<string> inputs)
    {
        Model = model;
        Inputs = inputs;
        Mapper = mapper;
        Columns = columns;
        Written = SchemaOf(columns);
    }

    public ScoringModel Model { get; }

    public IRowToRowMapper Mapper { get; }

    /// <summary>The columns of the model's output that are written.</summary>
    public IReadOnlyList<DataViewSchema.Column> Columns { get; }

    /// <summary>The same columns as a schema of their own.</summary>
    public DataViewSchema Written { get; }

    /// <summary>The names of the topic's columns that the written columns are computed from.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Applies a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="topic">The columns of the topic.</param>
    /// <param name="roles">The roles of the topic's columns.</param>
    /// <param name="options">Which columns are written.</param>
    /// <exception cref="ModelException">The model does not fit the schema, or lacks columns.</exception>
    public static ModelBinding Of(ScoringModel model, DataViewSchema topic, ColumnRoles roles, ScorerOptions options)
    {
        CheckFeatures(model, roles);
        if (!model.Transformer.IsRowToRowMapper)
        {
            throw Unfit(model, "it does not map rows to rows, as scoring needs");
        }

        IRowToRowMapper mapper;
        try
        {
            mapper = model.Transformer.GetRowToRowMapper(WithTrainingColumns(topic, model.InputSchema));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException)
        {
            throw Unfit(model, e);
        }

        var columns = new List<DataViewSchema.Column>();
        foreach (string name in (options.Columns ?? ScoreColumns).Concat(options.PassThrough))
        {
            if (mapper.OutputSchema.GetColumnOrNull(name) is { } column)
            {
                columns.Add(column);
            }
            else if (options.Columns is not null || !ScoreColumns.Contains(name))
            {
                string[] names = [.. mapper.OutputSchema.Where(c => !c.IsHidden).Select(c => c.Name).Except(ScoringLayout.KeyColumns.Select(c => c.Column.Name))];
                string option = options.Columns?.Contains(name) == true ? nameof(ScorerOptions.Columns) : nameof(ScorerOptions.PassThrough);
                throw Unfit(model, $"{nameof(ScorerOptions)}.{option}: there is no column '{name}'{(SimilarNames.Find(name, names) is { } similar ? $", did you mean '{similar}'?" : "")}; the model's output has {string.Join(", ", names)}");
            }
        }

        if (options.Columns is null && !columns.Any(c => ScoreColumns.Contains(c.Name)))
        {
            throw Unfit(model, $"its output has none of {string.Join(", ", ScoreColumns)}: name its columns in {nameof(ScorerOptions)}.{nameof(ScorerOptions.Columns)}");
        }

        string[] inputs = [.. mapper.GetDependencies(columns).Select(c => c.Name).Distinct()];
        return inputs.FirstOrDefault(name => topic.GetColumnOrNull(name) is null) is { } missing
            ? throw Unfit(model, $"it needs the column '{missing}', which the topic does not have")
            : new ModelBinding(model, mapper, columns, inputs);
    }

    /// <summary>The features that a model was trained with; null if it does not tell.</summary>
    public static IReadOnlyList<string>? FeaturesOf(ScoringModel model) =>
        model.InputSchema?.GetColumnOrNull(ViewSchema.FeaturesName) is { } features && features.HasSlotNames() ? ModelFeatures.Of(model.InputSchema, ViewSchema.FeaturesName) : null;

    private static DataViewSchema WithTrainingColumns(DataViewSchema topic, DataViewSchema? training)
    {
        DataViewSchema.Column[] missing = [.. (training ?? topic).Where(c => !c.IsHidden && topic.GetColumnOrNull(c.Name) is null)];
        if (missing.Length == 0)
        {
            return topic;
        }

        var all = new DataViewSchema.Builder();
        all.AddColumns(topic);
        foreach (DataViewSchema.Column column in missing)
        {
            all.AddColumn(column.Name, column.Type, column.Annotations);
        }

        return all.ToSchema();
    }

    private static void CheckFeatures(ScoringModel model, ColumnRoles roles)
    {
        if (model.InputSchema?.GetColumnOrNull(ViewSchema.FeaturesName) is not { Type: VectorDataViewType vector } features)
        {
            return;
        }

        if (features.HasSlotNames())
        {
            VBuffer<ReadOnlyMemory<char>> slots = default;
            features.GetSlotNames(ref slots);
            string[] names = [.. slots.DenseValues().Select(s => s.ToString())];
            if (!names.SequenceEqual(roles.SlotNames))
            {
                throw Unfit(model, $"it was trained with the features {string.Join(", ", names)}, and the rows have {string.Join(", ", roles.SlotNames)}");
            }
        }
        else if (vector.Size > 0 && vector.Size != roles.SlotNames.Count)
        {
            throw Unfit(model, FormattableString.Invariant($"it was trained with {vector.Size} features, and the rows have {roles.SlotNames.Count}"));
        }
    }

    /// <summary>The exception that says why the model cannot be used.</summary>
    public ModelException Unfit(string why) => Unfit(Model, why);

    /// <summary>The exception that says that the model's own code has failed while it was prepared.</summary>
    public ModelException Unfit(Exception cause) => Unfit(Model, cause);

    private static ModelException Unfit(ScoringModel model, Exception cause)
    {
        Exception inner = cause is TargetInvocationException { InnerException: { } thrown } ? thrown : cause;
        return Unfit(model, Sentence.Message(inner).TrimEnd('.'), inner);
    }

    private static ModelException Unfit(ScoringModel model, string why, Exception? cause = null) => new($"The model {model.Version} cannot score the topic: {why}.", cause) { ModelVersion = model.Version };

    /// <summary>The written columns with their annotations, except the one that marks record columns, which are not written by default.</summary>
    private static DataViewSchema SchemaOf(IReadOnlyList<DataViewSchema.Column> columns)
    {
        var schema = new DataViewSchema.Builder();
        foreach (DataViewSchema.Column column in columns)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.Add(column.Annotations, name => name != ViewAnnotations.RecordPart);
            schema.AddColumn(column.Name, column.Type, annotations.ToAnnotations());
        }

        return schema.ToSchema();
    }
}
