using KafkaDatasets.Monitoring.Joining;
using KafkaDatasets.Monitoring.Metrics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Monitoring.Streams;

/// <summary>Predictions of one of several classes: the class, and a score for each class, as a vector or as a record with a field for each class; one of the two is enough.</summary>
internal sealed class ClassPredictions : PredictionReader
{
    private readonly IReadOnlyList<string> _classes;
    private readonly Dictionary<string, int> _numbers;
    private readonly int[] _classOfScore;
    private readonly string[] _scoreNames;
    private readonly bool _isVector;
    private readonly DatasetColumn? _predictedColumn;
    private int[] _scores = [];
    private int _predicted = -1;

    public ClassPredictions(DatasetSchema scores, IReadOnlyList<string> classes, MonitorOptions options, List<string> faults)
    {
        _classes = classes;
        _numbers = classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        IReadOnlyList<string> order = options.ScoreClasses ?? classes;
        foreach (string unknown in order.Where(c => !_numbers.ContainsKey(c)))
        {
            faults.Add($"{nameof(MonitorOptions.ScoreClasses)}: '{unknown}' is not a class of the label {options.Labels.Label}, which has {string.Join(", ", classes.Select(c => $"'{c}'"))}: add it to the categories of the label");
        }

        _classOfScore = [.. order.Select(c => _numbers.GetValueOrDefault(c))];
        _predictedColumn = scores.TryGetColumn(options.PredictedLabel, out DatasetColumn? predicted) && predicted is { IsVector: false, Part: null, Type: <= ColumnType.Key } ? predicted : null;
        string[] names = [options.Probability, options.Score];
        string? vector = names.FirstOrDefault(n => IsVectorOfScores(scores, n));
        string? record = names.FirstOrDefault(n => order.All(c => IsNumber(scores, $"{n}.{c}")));
        _isVector = vector is not null;
        _scoreNames = vector is not null ? [vector] : record is not null ? [.. order.Select(c => $"{record}.{c}")] : [];
        if (_scoreNames.Length == 0 && _predictedColumn is null)
        {
            faults.Add(Lacking(
                scores,
                options,
                $"neither a class '{options.PredictedLabel}' nor scores for the classes (a vector of floating-point numbers '{options.Score}' or '{options.Probability}', or a number '{options.Score}.{order[0]}' for each class)",
                $"{nameof(MonitorOptions.PredictedLabel)}, {nameof(MonitorOptions.Score)} or {nameof(MonitorOptions.Probability)}"));
        }
        else if (vector is not null && scores.TryGetColumn(vector, out DatasetColumn? column) && column.Size > 0 && column.Size != order.Count)
        {
            faults.Add(FormattableString.Invariant($"'{vector}' of topic '{options.ScoresTopic}' has {column.Size} scores, and there are {order.Count} classes: name the classes in the order of the scores with {nameof(MonitorOptions.ScoreClasses)}"));
        }
    }

    public override IReadOnlyList<TensorColumn> Numbers => _isVector ? [] : [.. _scoreNames.Select(n => TensorColumn.Single(n))];

    public override IReadOnlyList<string> Columns => [.. _isVector ? _scoreNames : [], .. _predictedColumn is null ? (string[])[] : [_predictedColumn.Name]];

    public override MetricsAccumulator CreateAccumulator() => new ClassAccumulator(_classes);

    public override void Bind(RowLayout layout)
    {
        _scores = [.. _scoreNames.Select(layout.Field)];
        _predicted = _predictedColumn is null ? -1 : layout.Field(_predictedColumn.Name);
    }

    public override Prediction? Read(RowBlock block, int row)
    {
        if (!TryReadScores(block, row, out float[]? scores))
        {
            return null;
        }

        string? name = _predicted < 0 ? null : Cells.Text(block, _predicted, row, _predictedColumn!);
        return name is not null ? new Prediction(0, _numbers.GetValueOrDefault(name, _classes.Count), scores)
            : scores is not null ? new Prediction(0, Highest(scores), scores)
            : null;
    }

    private static bool IsVectorOfScores(DatasetSchema schema, string name) =>
        schema.TryGetColumn(name, out DatasetColumn? column) && column is { IsVector: true, Part: null, Type: ColumnType.Single or ColumnType.Double };

    /// <summary>The first class with the highest score.</summary>
    private static int Highest(float[] scores)
    {
        int highest = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            highest = scores[i] > scores[highest] ? i : highest;
        }

        return highest;
    }

    /// <summary>Reads the scores by class; null if the row has none.</summary>
    /// <returns>Whether they are as many as there should be, and numbers.</returns>
    private bool TryReadScores(RowBlock block, int row, out float[]? scores)
    {
        scores = null;
        if (_scores.Length == 0)
        {
            return true;
        }

        int count = _isVector ? Cells.VectorLength(block, _scores[0], row) : _scores.Length;
        if (count == 0)
        {
            return true;
        }

        if (count != _classOfScore.Length)
        {
            WrongLengths++;
            return false;
        }

        // A class that the model does not know has less than any score.
        float[] found = new float[_classes.Count];
        Array.Fill(found, float.NegativeInfinity);
        bool areNumbers = true;
        for (int i = 0; i < count; i++)
        {
            float score = _isVector ? Cells.Single(block, _scores[0], row, i) : Cells.Single(block, _scores[i], row);
            found[_classOfScore[i]] = score;
            areNumbers &= float.IsFinite(score);
        }

        scores = found;
        return areNumbers;
    }
}
