namespace KafkaDatasets.Learning;

/// <summary>Evaluates scores that were given before their rows were learned; its state is part of a checkpoint.</summary>
internal sealed class Prequential(OnlineTask task, bool isCalibrated)
{
    private readonly ScoreHistogram _scores = new();
    private long _rows;
    private long _unlabelled;
    private long _correct;
    private double _logLoss;
    private double _squares;
    private double _absolutes;

    public long Rows => _rows;

    public PrequentialMetrics Metrics
    {
        get
        {
            bool isBinary = task == OnlineTask.BinaryClassification;
            double rows = _rows;
            return new PrequentialMetrics
            {
                Rows = _rows,
                UnlabelledRows = _unlabelled,
                Accuracy = isBinary ? _correct / rows : double.NaN,
                Auc = isBinary ? _scores.Area() : double.NaN,
                LogLoss = isBinary && isCalibrated ? _logLoss / rows : double.NaN,
                RootMeanSquaredError = isBinary ? double.NaN : Math.Sqrt(_squares / rows),
                MeanAbsoluteError = isBinary ? double.NaN : _absolutes / rows,
            };
        }
    }

    /// <summary>Adds rows.</summary>
    /// <param name="scores">Their scores; rows without one (NaN or infinity) are not counted.</param>
    /// <param name="labels">Their labels; NaN or infinity for none.</param>
    public void Add(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            float label = labels[i];
            if (!float.IsFinite(label))
            {
                _unlabelled++;
                continue;
            }

            if (!float.IsFinite(scores[i]))
            {
                continue; // a model of ML.NET gives no score to a row with a missing feature
            }

            _rows++;
            if (task == OnlineTask.BinaryClassification)
            {
                bool isPositive = label > 0.5f;
                _scores.Add(scores[i], isPositive);
                _correct += scores[i] > 0 == isPositive ? 1 : 0;
                if (isCalibrated)
                {
                    // −ln of the probability of the right class, which is ln(1 + exp(−margin)).
                    double margin = isPositive ? scores[i] : -(double)scores[i];
                    _logLoss += Math.Max(0, -margin) + Math.Log(1 + ExactMath.Exp(-Math.Abs(margin)));
                }
            }
            else
            {
                double error = scores[i] - label;
                _squares += error * error;
                _absolutes += Math.Abs(error);
            }
        }
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_rows);
        writer.Write(_unlabelled);
        writer.Write(_correct);
        writer.Write(_logLoss);
        writer.Write(_squares);
        writer.Write(_absolutes);
        _scores.Save(writer);
    }

    public void Load(BinaryReader reader)
    {
        _rows = reader.ReadInt64();
        _unlabelled = reader.ReadInt64();
        _correct = reader.ReadInt64();
        _logLoss = reader.ReadDouble();
        _squares = reader.ReadDouble();
        _absolutes = reader.ReadDouble();
        _scores.Load(reader);
    }
}
