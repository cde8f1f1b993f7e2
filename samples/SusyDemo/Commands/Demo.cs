using KafkaDatasets;
using Microsoft.Extensions.Logging;
using SusyDemo.Data;
using SusyDemo.Evaluation;
using SusyDemo.Kafka;
using SusyDemo.Network;
using SusyDemo.Plots;
using SusyDemo.Reporting;
using SusyDemo.Settings;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>The commands. Results go to the standard output, progress and errors to the error output.</summary>
internal sealed class Demo(ClusterSettingsReader settings, TextWriter output)
{
    /// <summary>How often a progress is told while producing, in rows.</summary>
    private const int ReportInterval = 1000;

    public async Task RunAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyList<ILearner> learners = await PrepareAsync(options).ConfigureAwait(false);
        using ILoggerFactory? loggers = CreateLoggers(options);
        ClusterSettings? found = Settings(options);
        using KafkaCluster cluster = found is null ? KafkaCluster.StartEmbedded(loggers) : KafkaCluster.Connect(found, loggers);
        await output.WriteLineAsync($"cluster: {cluster}").ConfigureAwait(false);
        await ProduceAsync(cluster, options, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ITrainedModel> models = await TrainAsync(cluster, learners, options, cancellationToken).ConfigureAwait(false);
        await TestAsync(cluster, models, options, cancellationToken).ConfigureAwait(false);
    }

    public async Task ProduceAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = Connect(options, loggers);
        await ProduceAsync(cluster, options, cancellationToken).ConfigureAwait(false);
    }

    public async Task TrainAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyList<ILearner> learners = await PrepareAsync(options).ConfigureAwait(false);
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = Connect(options, loggers);
        await TrainAsync(cluster, learners, options, cancellationToken).ConfigureAwait(false);
    }

    public async Task TestAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyList<ITrainedModel> models = new ModelFiles(options.Output).Load(options.Model);
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = Connect(options, loggers);
        await TestAsync(cluster, models, options, cancellationToken).ConfigureAwait(false);
    }

    private async Task ProduceAsync(KafkaCluster cluster, DemoOptions options, CancellationToken cancellationToken)
    {
        EventPlan plan = EventChoice.From(options, cluster.IsEmbedded);
        if (!options.Append && !cluster.IsEmbedded)
        {
            await RequireEmptyAsync(cluster, options.TrainTopic, cancellationToken).ConfigureAwait(false);
            await RequireEmptyAsync(cluster, options.TestTopic, cancellationToken).ConfigureAwait(false);
        }

        (long train, long test) = await ProgressDisplay.RunAsync(board => ProduceAsync(cluster, plan, options, board, cancellationToken)).ConfigureAwait(false);
        string kind = plan.Synthetic ? "synthetic events" : "events";
        await output.WriteLineAsync($"produce: {train} {kind} to {options.TrainTopic}, {test} to {options.TestTopic}").ConfigureAwait(false);
    }

    private static async Task<(long Train, long Test)> ProduceAsync(
        KafkaCluster cluster, EventPlan plan, DemoOptions options, IProgressBoard board, CancellationToken cancellationToken)
    {
        string schema = SusySchema.ToJson(plan.Fields, plan.Synthetic);
        await using KafkaRecordWriter<SusyRecord> train = await cluster.OpenWriterAsync(options.TrainTopic, schema, cancellationToken).ConfigureAwait(false);
        await using KafkaRecordWriter<SusyRecord> test = await cluster.OpenWriterAsync(options.TestTopic, schema, cancellationToken).ConfigureAwait(false);
        IProgressTask progress = board.Begin(plan.Synthetic ? "produce synthetic events" : "produce events", plan.Count);
        long trainRows = 0;
        long testRows = 0;
        foreach ((SusyRecord record, bool isTrain) in plan.Events())
        {
            await (isTrain ? train : test).WriteAsync(record, cancellationToken).ConfigureAwait(false);
            if (isTrain)
            {
                trainRows++;
            }
            else
            {
                testRows++;
            }

            if ((trainRows + testRows) % ReportInterval == 0)
            {
                progress.Report(trainRows + testRows);
            }
        }

        await train.FlushAsync(cancellationToken).ConfigureAwait(false);
        await test.FlushAsync(cancellationToken).ConfigureAwait(false);
        progress.Report(trainRows + testRows);
        progress.Finish();
        return (trainRows, testRows);
    }

    private static async Task RequireEmptyAsync(KafkaCluster cluster, string topic, CancellationToken cancellationToken)
    {
        if (await cluster.LengthAsync(topic, cancellationToken).ConfigureAwait(false) is var length and > 0)
        {
            throw new DemoException(
                $"The topic {topic} holds {length} records already, and nothing has been written. To train from them, use the command train; " +
                "to write to other topics, name them with --train-topic and --test-topic; to add to these, say --append.");
        }
    }

    private async Task<IReadOnlyList<ITrainedModel>> TrainAsync(
        KafkaCluster cluster, IReadOnlyList<ILearner> learners, DemoOptions options, CancellationToken cancellationToken)
    {
        var files = new ModelFiles(options.Output);
        await using KafkaEventData data = await cluster.OpenAsync(options.TrainTopic, null, cancellationToken).ConfigureAwait(false);
        if (data.Rows == 0)
        {
            throw new DemoException($"The topic {options.TrainTopic} is empty: there is nothing to train from.");
        }

        IReadOnlyList<ITrainedModel> models = await ProgressDisplay.RunAsync(
            board => TrainAsync(learners, data, board, cancellationToken)).ConfigureAwait(false);
        string note = SyntheticNote(data);
        foreach (ITrainedModel model in models)
        {
            await output.WriteLineAsync($"train: {model.Name} from {options.TrainTopic}{note}, saved in {files.Save(model)}").ConfigureAwait(false);
        }

        if (models.FirstOrDefault(m => m.Curve.Count > 0) is { } learner)
        {
            LearningPlot.Save(files.LearningPicture, $"SUSY{note}: learning curve of the {learner.Name}", learner.Curve);
            await output.WriteLineAsync($"draw: learning curve in {files.LearningPicture}").ConfigureAwait(false);
        }

        return models;
    }

    /// <summary>Makes the output directory, and the learners asked for: of all of them, those that can run here.</summary>
    private async Task<IReadOnlyList<ILearner>> PrepareAsync(DemoOptions options)
    {
        new ModelFiles(options.Output).Prepare();
        IReadOnlyList<ILearner> learners = Learners.Choose(
            options.Model, new NetworkOptions { BatchSize = options.BatchSize, Epochs = options.Epochs, Seed = options.Seed });
        if (Learners.HasLightGbm || learners.All(l => l.Name != Learners.LightGbm))
        {
            return learners;
        }

        if (options.Model == Learners.LightGbm)
        {
            throw new DemoException(Learners.LightGbmMissing);
        }

        await output.WriteLineAsync($"note: {Learners.LightGbm} is left out. {Learners.LightGbmMissing}").ConfigureAwait(false);
        return [.. learners.Where(l => l.Name != Learners.LightGbm)];
    }

    /// <summary>Trains from one open dataset, all at the same time; the first failure ends the others.</summary>
    private static async Task<IReadOnlyList<ITrainedModel>> TrainAsync(
        IReadOnlyList<ILearner> learners, IEventData data, IProgressBoard board, CancellationToken cancellationToken)
    {
        var models = new ITrainedModel[learners.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = learners.Count, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, learners.Count, parallel, async (i, token) =>
        {
            IProgressTask progress = board.Begin($"train {learners[i].Name}", learners[i].RowsToRead(data.Rows));
            models[i] = await learners[i].TrainAsync(data, progress, token).ConfigureAwait(false);
            progress.Finish();
        }).ConfigureAwait(false);
        return models;
    }

    private async Task TestAsync(KafkaCluster cluster, IReadOnlyList<ITrainedModel> models, DemoOptions options, CancellationToken cancellationToken)
    {
        var results = new List<(string Model, TestReport Result)>();
        string note = await CheckAsync(cluster, models, options.TestTopic, cancellationToken).ConfigureAwait(false);
        await ProgressDisplay.RunAsync(async board =>
        {
            foreach (ITrainedModel model in models)
            {
                await using KafkaEventData data = await cluster.OpenAsync(options.TestTopic, model.Features, cancellationToken).ConfigureAwait(false);
                IProgressTask progress = board.Begin($"test {model.Name}", data.Rows);
                results.Add((model.Name, await model.TestAsync(data, progress, cancellationToken).ConfigureAwait(false)));
                progress.Finish();
            }

            return results;
        }).ConfigureAwait(false);

        var files = new ModelFiles(options.Output);
        RocPlot.Save(files.RocPicture, $"SUSY{note}: ROC on {options.TestTopic}", results);
        await output.WriteLineAsync($"draw: ROC curves in {files.RocPicture}").ConfigureAwait(false);
        if (note.Length > 0)
        {
            await output.WriteLineAsync("note: the events are synthetic; how well models do on them says nothing about real collisions").ConfigureAwait(false);
        }

        foreach ((string model, TestReport result) in results)
        {
            await output.WriteLineAsync(result.Summary(model)).ConfigureAwait(false);
        }
    }

    /// <summary>Makes sure that the topic can test the models, and returns what is to be noted of its events.</summary>
    private static async Task<string> CheckAsync(KafkaCluster cluster, IReadOnlyList<ITrainedModel> models, string topic, CancellationToken cancellationToken)
    {
        await using KafkaEventData data = await cluster.OpenAsync(topic, null, cancellationToken).ConfigureAwait(false);
        if (data.Rows == 0)
        {
            throw new DemoException($"The topic {topic} is empty: there is nothing to test with.");
        }

        foreach (ITrainedModel model in models)
        {
            if (model.Features.Except(data.Batches.Features).ToArray() is { Length: > 0 } missing)
            {
                throw new DemoException($"The model {model.Name} was trained with features that the topic {topic} does not have: {string.Join(", ", missing)}.");
            }
        }

        return SyntheticNote(data);
    }

    private KafkaCluster Connect(DemoOptions options, ILoggerFactory? loggers) => KafkaCluster.Connect(
        Settings(options) ?? throw new DemoException(
            "This command needs a cluster: name it with --bootstrap-servers and --schema-registry, or in a .env file (see .env.example). " +
            "Only run works without, on an embedded broker that ends with it."),
        loggers);

    private ClusterSettings? Settings(DemoOptions options) => settings.Read(options.BootstrapServers, options.SchemaRegistry, options.EnvFile);

    private static string SyntheticNote(KafkaEventData data) => data.Synthetic ? " (synthetic events)" : "";

    private static ILoggerFactory? CreateLoggers(DemoOptions options) => options.Verbose
        ? LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Debug).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace))
        : null;
}
