using System.Buffers.Binary;
using System.Text;
using KafkaDatasets.LightGbm.Collectives;
using KafkaDatasets.LightGbm.Engine;
using KafkaDatasets.LightGbm.Models;

namespace KafkaDatasets.LightGbm.Training;

/// <summary>
/// One training on one rank, from the first agreement with the other ranks to the model. It runs on a thread of its own: LightGBM's network belongs to a thread, and so do its worker threads.
/// </summary>
internal sealed class TrainingRun(string topic, KafkaDatasetOptions dataset, LightGbmOptions options, CancellationToken cancellationToken)
{
    /// <summary>How much is fetched ahead at most: LightGBM takes rows more slowly than they are read, so that more would only lie in memory.</summary>
    private const long MostPrefetchBytes = 16 << 20;

    private readonly KafkaDatasetOptions _reading = dataset with { PrefetchBytes = Math.Min(dataset.PrefetchBytes, MostPrefetchBytes) };
    private readonly string _fingerprint = EngineParameters.Fingerprint(topic, dataset, options);
    private readonly CheckpointFiles _files = new(options.CheckpointDirectory, options.World.Rank, EngineParameters.Fingerprint(topic, dataset, options));
    private RankLinks? _links;
    private long _rows;

    /// <exception cref="RankLostException">Another rank ended.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be read, or LightGBM reports an error.</exception>
    public LightGbmModel Run()
    {
        NativeError.Prepare();
        options.CheckNames();
        using IDisposable admission = EngineThreads.Enter(options.Threads, cancellationToken);
        if (options.World.Size > 1)
        {
            Report(LightGbmPhase.Connecting, 0, null);
            _links = new Rendezvous(options.World, dataset.TimeProvider).ConnectAsync(cancellationToken).GetAwaiter().GetResult();
        }

        using RankLinks? links = _links;
        try
        {
            LightGbmModel model = Train();
            links?.End(null);
            return model;
        }
        catch (Exception e)
        {
            links?.End(e is OperationCanceledException ? "it was cancelled" : e.Message);
            throw;
        }
    }

    private LightGbmModel Train()
    {
        TrainingState? found = AgreeOnState();
        (KafkaDataset train, TrainingState state) = Open(found);
        KafkaDataset? validation = null;
        try
        {
            if (options.Validation is { } split)
            {
                validation = OpenAsync(state.Snapshot, split).GetAwaiter().GetResult();
            }

            return Train(train, validation, state);
        }
        finally
        {
            train.DisposeAsync().AsTask().GetAwaiter().GetResult();
            validation?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private LightGbmModel Train(KafkaDataset train, KafkaDataset? validation, TrainingState state)
    {
        if (train.Features.Count == 0)
        {
            throw new LightGbmException($"Topic '{topic}' has no features: its schema has no numeric field besides the label.") { Topic = topic };
        }

        CheckColumn(train, options.Weight, nameof(LightGbmOptions.Weight));
        CheckColumn(train, options.Group, nameof(LightGbmOptions.Group));
        IReadOnlyList<string> categories = CategoriesOf(train);
        CheckCategorical(train);
        var parameters = new EngineParameters(options, dataset.Label!.Kind, categories.Count, train.Features);
        var loader = new RowLoader(parameters, options, rows => Report(LightGbmPhase.Loading, state.Iterations, null, rows), cancellationToken);
        Report(LightGbmPhase.Sampling, state.Iterations, null);
        byte[] reference = Broadcast(0, () => Bins(loader, train, parameters));
        using NativeBooster? start = state.Model is null ? null : NativeBooster.Parse(state.Model);
        using RankRows rows = loader.Load(train, reference, start);
        using RankRows? checks = validation is null ? null : loader.Load(validation, reference, start);
        long allRows = AgreeOnRows(rows, checks);

        using EngineNetwork? network = _links is null ? null : new EngineNetwork(_links, cancellationToken);
        using NativeBooster booster = WithParameters(() => NativeBooster.Create(rows.Dataset!, parameters.Booster));
        network?.ThrowIfFailed();
        if (start is not null)
        {
            booster.Prepend(start);
        }

        if (checks?.Dataset is { } checkRows)
        {
            booster.AddValidation(checkRows);
        }

        state = Iterate(booster, network, checks, state);
        int best = BestOf(state.Losses) ?? state.Iterations;
        int iterations = options.EarlyStoppingRounds is null ? state.Iterations : best;
        string text = booster.Save(iterations);
        AgreeToEnd(); // a checkpoint is of use until every rank has the model
        _files.Delete();
        return new LightGbmModel(text, parameters.Label, parameters.Objective, train.Features, categories, train.Features.All(f => TransformerFactory.IsColumn(train.Schema, f)))
        {
            Iterations = iterations,
            Rows = allRows,
            ValidationLosses = state.Losses,
            Snapshot = DatasetSnapshot.Parse(state.Snapshot),
        };
    }

    private TrainingState Iterate(NativeBooster booster, EngineNetwork? network, RankRows? checks, TrainingState state)
    {
        try
        {
            while (state.Iterations < options.Iterations && !IsStopped(state.Losses))
            {
                cancellationToken.ThrowIfCancellationRequested();
                bool isFinished = Update(booster, network);
                if (isFinished)
                {
                    break; // no leaf can be split: a further iteration would do nothing either
                }

                IReadOnlyList<double> losses = checks is null ? state.Losses : [.. state.Losses, Loss(booster, checks)];
                state = state with { Iterations = state.Iterations + 1, Losses = losses };
                if (options.World.Rank == 0 && options.CheckpointDirectory is not null && state.Iterations % options.CheckpointInterval == 0)
                {
                    _files.Save(state with { Model = booster.Save(state.Iterations) });
                }

                Report(LightGbmPhase.Training, state.Iterations, losses.Count > 0 ? losses[^1] : null);
            }

            return state;
        }
        catch (Exception e) when (options.CheckpointDirectory is not null && state.Iterations > 0 && e is RankLostException or OperationCanceledException)
        {
            try
            {
                _files.Save(state with { Model = booster.Save(state.Iterations) });
            }
            catch (LightGbmException)
            {
                // The caller must learn why the training ended; the last checkpoint is still there.
            }

            throw;
        }
    }

    private static bool Update(NativeBooster booster, EngineNetwork? network)
    {
        try
        {
            bool isFinished = booster.Update();
            network?.ThrowIfFailed();
            return isFinished;
        }
        catch (LightGbmException)
        {
            network?.ThrowIfFailed(); // what LightGBM makes of an exchange that failed is not the cause
            throw;
        }
    }

    /// <summary>The ranks' checkpoint with the most iterations; null if none has one. Ranks with other options are found here.</summary>
    private TrainingState? AgreeOnState()
    {
        if (options.World.Rank == 0)
        {
            _files.Check(); // only rank 0 writes them regularly; the directory of another rank may be read-only
        }

        TrainingState? own = _files.Load();
        if (_links is null)
        {
            return own;
        }

        byte[] message = new byte[sizeof(int) + Encoding.UTF8.GetByteCount(_fingerprint)];
        BinaryPrimitives.WriteInt32LittleEndian(message, own?.Iterations ?? -1);
        Encoding.UTF8.GetBytes(_fingerprint, message.AsSpan(sizeof(int)));
        byte[][] all = _links.AllGather(message, cancellationToken);
        int other = Array.FindIndex(all, m => !m.AsSpan(sizeof(int)).SequenceEqual(message.AsSpan(sizeof(int))));
        if (other >= 0)
        {
            throw new LightGbmException(FormattableString.Invariant($"Ranks {options.World.Rank} and {other} have different options: give every rank the same topic, the same dataset options and the same {nameof(LightGbmOptions)}, except {nameof(LightGbmOptions.World)}."));
        }

        int[] iterations = [.. all.Select(m => BinaryPrimitives.ReadInt32LittleEndian(m))];
        int most = iterations.Max();
        if (most < 0)
        {
            return null;
        }

        byte[] state = _links.Broadcast(Array.IndexOf(iterations, most), () => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(own!, TrainingStateJson.Default.TrainingState), cancellationToken);
        return System.Text.Json.JsonSerializer.Deserialize(state, TrainingStateJson.Default.TrainingState);
    }

    /// <summary>Opens the dataset: rank 0 resolves the range, unless there is a checkpoint, and the others open the same snapshot.</summary>
    private (KafkaDataset Dataset, TrainingState State) Open(TrainingState? found)
    {
        KafkaDataset? opened = null;
        string? snapshot = found?.Snapshot;
        if (snapshot is null && options.World.Rank == 0)
        {
            opened = KafkaDataset.OpenAsync(topic, _reading, cancellationToken).GetAwaiter().GetResult();
            snapshot = opened.Snapshot.ToJson();
        }

        try
        {
            if (found is null && _links is not null)
            {
                snapshot = _links.Broadcast(0, () => snapshot!, cancellationToken);
            }

            opened ??= OpenAsync(snapshot!, dataset.Split).GetAwaiter().GetResult();
            return (opened, found ?? new TrainingState(TrainingState.CurrentVersion, _fingerprint, snapshot!, 0, null, []));
        }
        catch
        {
            opened?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    private Task<KafkaDataset> OpenAsync(string snapshot, DatasetSplit? split) =>
        KafkaDataset.OpenAsync(topic, _reading with { Range = TopicRange.Snapshot(DatasetSnapshot.Parse(snapshot)), Split = split }, cancellationToken);

    private byte[] Bins(RowLoader loader, KafkaDataset train, EngineParameters parameters)
    {
        using BinSample sample = loader.Sample(train);
        return sample.Rows > 0
            ? WithParameters(() => NativeDataset.CreateReference(sample, train.Snapshot.Length, parameters.Dataset))
            : throw new LightGbmException($"Topic '{topic}' has no rows in the range, so there is nothing to train from.") { Topic = topic };
    }

    /// <summary>Adds the parameters that an option does not check to what LightGBM says of one that it cannot use: it does not name it.</summary>
    private T WithParameters<T>(Func<T> create)
    {
        try
        {
            return create();
        }
        catch (LightGbmException e) when (options.Parameters.Count > 0)
        {
            throw new LightGbmException($"{e.Message} If it is about a parameter, {nameof(LightGbmOptions)}.{nameof(LightGbmOptions.Parameters)} has {string.Join(", ", options.Parameters.Select(p => $"{p.Key} = {p.Value}"))}.", e) { Topic = topic };
        }
    }

    private byte[] Broadcast(int from, Func<byte[]> bytes) => _links is null ? bytes() : _links.Broadcast(from, bytes, cancellationToken);

    /// <summary>Checks that every rank has rows, and returns how many all have together.</summary>
    private long AgreeOnRows(RankRows rows, RankRows? checks)
    {
        double[][] all = Gather(rows.Count, rows.Weight, checks?.Weight ?? 1);
        string weighed = options.Weight is null ? "" : $" whose {nameof(LightGbmOptions.Weight)} '{options.Weight}' is greater than 0";
        string? fault = all.Any(r => r[0] == 0) ? FormattableString.Invariant($"Topic '{topic}' has {all.Sum(r => r[0])} rows in the range, too few {(options.Group is null ? "" : "queries ")}for {options.World.Size} ranks: use fewer.")
            : all.Sum(r => r[1]) == 0 ? $"Topic '{topic}' has no rows in the range{weighed}, so there is nothing to train from."
            : all.Sum(r => r[2]) == 0 ? $"{nameof(LightGbmOptions.Validation)} has no rows of topic '{topic}'{weighed}."
            : null;
        return fault is null ? (long)all.Sum(r => r[0]) : throw new LightGbmException(fault) { Topic = topic };
    }

    private void AgreeToEnd() => Gather(0);

    /// <summary>The mean loss on the validation rows of all ranks.</summary>
    private double Loss(NativeBooster booster, RankRows checks)
    {
        double[][] all = Gather(checks.Dataset is null ? 0 : booster.ValidationMetric() * checks.Weight, checks.Weight);
        double mean = all.Sum(r => r[0]) / all.Sum(r => r[1]);
        return options.Group is null ? mean : 1 - mean; // NDCG is better when it is larger
    }

    /// <summary>The values of every rank, in the order of the ranks.</summary>
    private double[][] Gather(params ReadOnlySpan<double> values)
    {
        if (_links is null)
        {
            return [values.ToArray()];
        }

        byte[] own = new byte[values.Length * sizeof(double)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(own.AsSpan(i * sizeof(double)), values[i]);
        }

        return [.. _links.AllGather(own, cancellationToken).Select(bytes => (double[])[.. bytes.Chunk(sizeof(double)).Select(value => BinaryPrimitives.ReadDoubleLittleEndian(value))])];
    }

    private bool IsStopped(IReadOnlyList<double> losses) => options.EarlyStoppingRounds is { } rounds && BestOf(losses) is { } best && losses.Count - best >= rounds;

    /// <summary>The number of iterations with the smallest loss; null without losses.</summary>
    private static int? BestOf(IReadOnlyList<double> losses) => losses.Count == 0 ? null : losses.Index().MinBy(l => l.Item).Index + 1;

    /// <exception cref="InvalidOptionsException">The topic has no such column, or it is no number.</exception>
    private static void CheckColumn(KafkaDataset opened, string? name, string option)
    {
        if (name is null)
        {
            return;
        }

        if (!opened.Schema.TryGetColumn(name, out DatasetColumn? column))
        {
            throw new InvalidOptionsException(nameof(LightGbmOptions), [$"{option} names '{name}', which topic '{opened.Snapshot.Topic}' does not have; its columns are {string.Join(", ", opened.Schema.Columns.Select(c => c.Name))}"]);
        }

        if (column.IsVector || column.Type == ColumnType.Text)
        {
            throw new InvalidOptionsException(nameof(LightGbmOptions), [$"{option} names '{name}', which holds {(column.IsVector ? "a vector" : $"values of type {column.Type}")}: name a column with one number in each row"]);
        }
    }

    /// <summary>ML.NET cannot score by a categorical feature that is not a column of the view, which is better known before the training.</summary>
    private void CheckCategorical(KafkaDataset opened)
    {
        string[] faults = [.. options.CategoricalFeatures.Where(f => opened.Features.Contains(f) && !TransformerFactory.IsColumn(opened.Schema, f)).Select(f =>
            $"{nameof(LightGbmOptions.CategoricalFeatures)} names '{f}', which is {(opened.Schema.TryGetColumn(f, out _) ? "in every view another column: give the field another name" : "an item of a vector: a categorical feature must be a field of its own")}")];
        if (faults.Length > 0)
        {
            throw new InvalidOptionsException(nameof(LightGbmOptions), faults);
        }
    }

    private IReadOnlyList<string> CategoriesOf(KafkaDataset opened)
    {
        if (dataset.Label!.Kind != LabelKind.Category)
        {
            return [];
        }

        IReadOnlyList<string>? names = dataset.Label.Categories ?? (opened.Schema.TryGetColumn(dataset.Label.Field, out DatasetColumn? column) ? column.KeyValues : null);
        if (names?.Count < 2)
        {
            throw new LightGbmException($"Topic '{topic}', label '{dataset.Label.Field}': there are not two categories to tell apart.") { Topic = topic };
        }

        return names ?? throw new LightGbmException($"Topic '{topic}', label '{dataset.Label.Field}': the categories are not known. Name them: {nameof(LabelColumn)}.{nameof(LabelColumn.Category)}(\"{dataset.Label.Field}\", […]).") { Topic = topic };
    }

    private void Report(LightGbmPhase phase, int iteration, double? loss, long? rows = null)
    {
        _rows = rows ?? _rows;
        options.Progress?.Report(new LightGbmProgress(phase, _rows, iteration, options.Iterations, loss));
    }
}
