using System.IO.Compression;
using System.Text;
using KafkaDatasets.MLNet;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace KafkaDatasets.Learning;

/// <summary>A learner that fits an ML.NET trainer to each batch, starting from the model of the last fit.</summary>
/// <remarks>Some trainers keep something from one fit to the next, and shuffling trainers draw from their context. Neither is in a saved state, so each batch is fitted in a new context.</remarks>
internal sealed class RetrainedLearner(string name, OnlineTask task, string[] features, Func<MLContext, IDataView, ITransformer?, ITransformer> fit, bool isCalibrated, RowsNeeded needed = RowsNeeded.Labelled) : IOnlineLearner
{
    private const int Version = 1;

    /// <summary>For saving and loading, where nothing is random.</summary>
    private readonly MLContext _ml = new(0);

    private readonly Lock _gate = new();
    private ITransformer? _model;

    public string Name => name;

    public string Settings => "ML.NET";

    public OnlineTask Task => task;

    public IReadOnlyList<string> Features => features;

    public bool IsCalibrated => isCalibrated;

    public long Rows { get; private set; }

    /// <summary>The parameters of a linear model, calibrated or not.</summary>
    /// <exception cref="InvalidOperationException">The model is not linear.</exception>
    public static LinearModelParameters ParametersOf(ITransformer model) => model switch
    {
        ISingleFeaturePredictionTransformer<object> { Model: LinearModelParameters parameters } => parameters,
        ISingleFeaturePredictionTransformer<object> { Model: CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator> calibrated } => calibrated.SubModel,
        IEnumerable<ITransformer> chain => ParametersOf(chain.Last()), // a loaded model
        _ => throw new InvalidOperationException($"The model {model.GetType().Name} is not linear."),
    };

    public void Learn(ReadOnlySpan<float> values, ReadOnlySpan<float> labels, Span<float> scores)
    {
        LearnedRows.Check(features.Length, values, labels.Length, scores);
        lock (_gate)
        {
            ScoreRows(values, scores);
            var rows = RowsView.Of(task, features, values, labels, needed);
            if (rows.Rows > 0)
            {
                Fit(rows);
            }
        }
    }

    public void Score(ReadOnlySpan<float> values, Span<float> scores)
    {
        LearnedRows.Check(features.Length, values, scores.Length, scores);
        ScoreRows(values, scores);
    }

    public void Save(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        LearnerHeader.Write(writer, this, Version);
        ITransformer? current;
        lock (_gate)
        {
            writer.Write(Rows);
            current = _model;
        }

        byte[] model = current is null ? [] : ModelBytes(current);
        writer.Write(model.Length);
        writer.Write(model);
    }

    public void Load(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        LearnerHeader.Read(reader, this, Version);
        try
        {
            long rows = reader.ReadInt64();
            int length = reader.ReadInt32();
            byte[] bytes = length >= 0 ? reader.ReadBytes(length) : [];
            if (rows < 0 || bytes.Length != length)
            {
                throw new FormatException($"The state of the learner {name} is not complete.");
            }

            ITransformer? model = length == 0 ? null : _ml.Model.Load(new MemoryStream(bytes), out _);
            lock (_gate)
            {
                _model = model;
                Rows = rows;
            }
        }
        catch (EndOfStreamException e)
        {
            throw new FormatException($"The state of the learner {name} is not complete.", e);
        }
    }

    public ITransformer ToTransformer(MLContext ml) => _model ?? LinearModels.Create(ml, this, new float[features.Length], 0, new double[features.Length]);

    private void Fit(RowsView rows)
    {
        var ml = new MLContext(unchecked((int)Rows));
        ITransformer? model;
        try
        {
            model = fit(ml, rows, _model);
        }
        catch (InvalidOperationException) when (!rows.HasCompleteRow)
        {
            return; // most of ML.NET's trainers leave out rows with a missing feature, and fail if none is left; some learn from them
        }

        _model = model ?? throw new InvalidOperationException($"The learner {name} returned no model.");
        Rows += rows.Rows;
    }

    private void ScoreRows(ReadOnlySpan<float> values, Span<float> scores)
    {
        ITransformer? model = _model;
        if (model is null || scores.IsEmpty)
        {
            scores.Clear();
            return;
        }

        int i = 0;
        foreach (float score in model.Transform(RowsView.Of(task, features, values, [])).GetColumn<float>("Score"))
        {
            scores[i++] = score;
        }
    }

    /// <summary>The model as ML.NET saves it, without the time of saving in the entries of the archive, so that equal models are equal bytes.</summary>
    private byte[] ModelBytes(ITransformer model)
    {
        using var saved = new MemoryStream();
        ModelSaving.Save(_ml, model, RowsView.Of(task, features, [], []).Schema, saved, $"The model of the learner {name}");
        using var timeless = new MemoryStream();
        using (var source = new ZipArchive(saved, ZipArchiveMode.Read))
        using (var target = new ZipArchive(timeless, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in source.Entries)
            {
                ZipArchiveEntry copy = target.CreateEntry(entry.FullName, CompressionLevel.Fastest);
                copy.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using Stream from = entry.Open();
                using Stream to = copy.Open();
                from.CopyTo(to);
            }
        }

        return timeless.ToArray();
    }
}
