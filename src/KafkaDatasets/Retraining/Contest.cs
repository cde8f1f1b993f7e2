using System.Globalization;
using System.Runtime.ExceptionServices;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Files;
using KafkaDatasets.MLNet;
using KafkaDatasets.Rows;
using KafkaDatasets.Scoring;
using Microsoft.Extensions.Logging;
using Microsoft.ML;

namespace KafkaDatasets.Retraining;

/// <summary>Trains a challenger from part of the rows since a change, and compares it with the champion on the rest.</summary>
internal sealed class Contest
{
    private const int Seed = 1;

    private readonly RetrainingOptions _options;
    private readonly Yardstick _yardstick;
    private readonly MLContext _ml;
    private readonly Champion _champion;
    private readonly DatasetSplit.HashSplit _rows;

    public Contest(RetrainingOptions options, ILogger logger)
    {
        KafkaDatasetOptions labels = options.Monitor.Labels;
        _options = options;
        LabelledRows = labels with { MissingLabels = MissingLabels.LeftOut };
        _yardstick = Yardstick.Of(labels.Label!.Kind);
        _ml = options.MLContext ?? new MLContext(seed: 1);
        _champion = new Champion(options, _ml, logger);
        _rows = (DatasetSplit.HashSplit)(labels.Split ?? DatasetSplit.ByOffset(0, 1, Seed));
    }

    /// <summary>Starts to count the labels since a change.</summary>
    public LabelCount CountLabels() => new(Trained, HeldOut);

    /// <summary>How rows are read: without those whose binary label is missing, since a view's Boolean cannot be. Others are left out by trainers and figures, and not counted.</summary>
    public KafkaDatasetOptions LabelledRows { get; }

    // Whether a row is held out depends on a hash alone, of its position or of what the labels are split by, so both models are compared on the same rows, and a repetition compares on them again.
    private KafkaDatasetOptions Trained => LabelledRows with { Split = _rows.Part(0, 1 - _options.HoldOut) };

    private KafkaDatasetOptions HeldOut => LabelledRows with { Split = _rows.Part(1 - _options.HoldOut, 1) };

    /// <summary>The version of the model in use.</summary>
    /// <exception cref="ModelException">There is none.</exception>
    public async Task<string> ChampionAsync(CancellationToken cancellationToken) => (await _champion.FindAsync(cancellationToken).ConfigureAwait(false)).Version;

    /// <summary>The file of the next model that is promoted.</summary>
    /// <exception cref="ModelException">There is no champion, or a model of this name would not be newer than it: scorers, and this loop, would go on with the champion.</exception>
    public async Task<string> NextFileAsync(CancellationToken cancellationToken)
    {
        string champion = Champion.NameOf(await _champion.FindAsync(cancellationToken).ConfigureAwait(false));
        string prefix = $"{_options.ModelName}-";

        // The champion counts even if its file is gone, and so do files that cannot be loaded.
        long last = ModelFiles.NewestFirst(_options.ModelDirectory, Champion.Pattern)
            .Select(f => Path.GetFileNameWithoutExtension(f))
            .Append(champion)
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
            .Select(n => long.TryParse(n[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number < long.MaxValue ? number : 0)
            .DefaultIfEmpty(0).Max();
        string name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{last + 1}");
        return ModelFiles.ByName.Compare(name, champion) > 0
            ? Path.Combine(_options.ModelDirectory, $"{name}.zip")
            : throw new ModelException($"A new model of the directory '{_options.ModelDirectory}' would be named {name}.zip, which comes before the champion {champion}.zip, and the newest by name is used: set {nameof(RetrainingOptions)}.{nameof(RetrainingOptions.ModelName)} to '{champion}', or rename the champion.") { ModelVersion = champion };
    }

    /// <summary>Trains and compares.</summary>
    /// <returns>What came of it.</returns>
    /// <exception cref="OperationCanceledException">The run was cancelled; nothing has been promoted.</exception>
    public async Task<RetrainedEventArgs> RunAsync(DriftPoint drift, DatasetSnapshot snapshot, CancellationToken cancellationToken)
    {
        _ = await NextFileAsync(cancellationToken).ConfigureAwait(false);

        TopicRange rows = TopicRange.Snapshot(snapshot);
        KafkaDataset train = await KafkaDataset.OpenAsync(snapshot.Topic, Trained with { Range = rows }, cancellationToken).ConfigureAwait(false);
        await using (train.ConfigureAwait(false))
        {
            KafkaDataset heldOut = await KafkaDataset.OpenAsync(snapshot.Topic, HeldOut with { Range = rows }, cancellationToken).ConfigureAwait(false);
            await using (heldOut.ConfigureAwait(false))
            {
                try
                {
                    using CancellationTokenRegistration training = EndWith(cancellationToken, train);
                    using CancellationTokenRegistration comparing = EndWith(cancellationToken, heldOut);
                    return await RunAsync(drift, snapshot, train.ToDataView(_ml), heldOut.ToDataView(_ml), cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OperationCanceledException)
                {
                    throw new OperationCanceledException($"Retraining from topic '{snapshot.Topic}' was cancelled.", e, cancellationToken);
                }
            }
        }
    }

    private async Task<RetrainedEventArgs> RunAsync(DriftPoint drift, DatasetSnapshot snapshot, IDataView train, IDataView heldOut, CancellationToken cancellationToken)
    {
        Check(await _champion.FindAsync(cancellationToken).ConfigureAwait(false), heldOut); // before the time for training is spent
        ITransformer challenger = await (_options.TrainAsync(train, cancellationToken) ?? throw NothingTrained(snapshot)).ConfigureAwait(false) ?? throw NothingTrained(snapshot);
        cancellationToken.ThrowIfCancellationRequested();
        ScoringModel champion = await _champion.FindAsync(cancellationToken).ConfigureAwait(false);
        (double championScore, long championRows) = Measure(champion.Transformer, new ModelRows(heldOut, champion.InputSchema), champion.Version);
        (double challengerScore, long challengerRows) = Measure(challenger, new ModelRows(heldOut, training: null), $"that {nameof(RetrainingOptions.TrainAsync)} returned");
        cancellationToken.ThrowIfCancellationRequested();

        // ML.NET leaves rows that are scored NaN out of its figures: a model that diverged would be measured by the rows that it still scores, or, without any, as well as a mean.
        challengerScore = challengerRows < championRows ? double.NaN : challengerScore;
        bool isBetter = challengerScore - championScore > _options.MinGain || (double.IsNaN(championScore) && !double.IsNaN(challengerScore));
        string? file = isBetter ? await PromoteAsync(challenger, train.Schema, cancellationToken).ConfigureAwait(false) : null;
        return new RetrainedEventArgs(drift, snapshot, _yardstick.Name, championScore, challengerScore, file);
    }

    /// <summary>Ends the passes over rows with a token, which a trainer of ML.NET does not take: they end when their dataset is disposed.</summary>
    private static CancellationTokenRegistration EndWith(CancellationToken cancellationToken, KafkaDataset rows) =>
        cancellationToken.UnsafeRegister(static rows => _ = ((KafkaDataset)rows!).DisposeAsync().AsTask(), rows);

    private static ModelException NothingTrained(DatasetSnapshot snapshot) =>
        new($"{nameof(RetrainingOptions)}.{nameof(RetrainingOptions.TrainAsync)} returned null instead of a model that was trained from topic '{snapshot.Topic}'.");

    /// <returns>The score, NaN if the model scores no row; and the number of rows that it scores.</returns>
    private (double Score, long Rows) Measure(ITransformer model, IDataView rows, string name)
    {
        return Comparing(name, () =>
        {
            IDataView scored = model.Transform(rows);
            long count = _yardstick.CountScored(scored);
            return (count == 0 ? double.NaN : _yardstick.Measure(_ml, scored), count);
        });
    }

    /// <summary>Checks that a model can be compared, as far as that can be told without rows.</summary>
    private void Check(ScoringModel model, IDataView rows) => Comparing(model.Version, () =>
    {
        _yardstick.Check(model.Transformer.GetOutputSchema(new ModelRows(rows, model.InputSchema).Schema));
        return true;
    });

    private T Comparing<T>(string name, Func<T> compare)
    {
        try
        {
            return compare();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            if (FaultOf(e) is { } fault)
            {
                ExceptionDispatchInfo.Throw(fault); // the rows could not be read: nothing is wrong with the model
            }

            throw new ModelException($"The model {name} cannot be compared with another one by its {_yardstick.Name} for the label {_options.Monitor.Labels.Label}: {Sentence.Message(e).TrimEnd('.')}.", e) { ModelVersion = name };
        }
    }

    /// <summary>The fault of a topic or a broker that ended a pass, which ML.NET reports as one of its own when it reads in several threads; null if there is none.</summary>
    private static KafkaDatasetException? FaultOf(Exception? e) => e switch
    {
        null => null,
        KafkaDatasetException fault => fault,
        AggregateException all => all.InnerExceptions.Select(FaultOf).FirstOrDefault(f => f is not null),
        _ => FaultOf(e.InnerException),
    };

    /// <exception cref="ModelException">The model cannot be saved, or not in the directory.</exception>
    private async Task<string> PromoteAsync(ITransformer model, DataViewSchema schema, CancellationToken cancellationToken)
    {
        try
        {
            using var whole = new WholeFile(Path.Combine(_options.ModelDirectory, $"{Guid.NewGuid():N}.tmp")); // a name of its own: another loop may promote at the same time
            using (FileStream stream = File.Create(whole.Temporary))
            {
                ModelSaving.Save(_ml, model, schema, stream, $"The model that {nameof(RetrainingOptions.TrainAsync)} returned is better, but");
            }

            while (true)
            {
                string file = await NextFileAsync(cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    whole.MoveTo(file, overwrite: false);
                    return file;
                }
                catch (IOException) when (File.Exists(file))
                {
                    // Another loop was faster: the next name.
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(Sentence.Of($"The new model cannot be written to the directory {ModelFiles.Shown(_options.ModelDirectory)}: {Sentence.Message(e)}"), e);
        }
    }
}
