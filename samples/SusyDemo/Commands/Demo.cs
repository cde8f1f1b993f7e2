using KafkaDatasets;
using KafkaDatasets.LightGbm;
using Microsoft.Extensions.Logging;
using SusyDemo.Kafka;
using SusyDemo.Network;
using SusyDemo.Settings;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>The commands. Results go to the standard output, progress and errors to the error output.</summary>
internal sealed class Demo(ClusterSettingsReader settings, TextWriter output)
{
    public async Task RunAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        TrainStep train = await TrainStep.PrepareAsync(options, output).ConfigureAwait(false);
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = ConnectOrStart(options, loggers);
        await output.WriteLineAsync($"cluster: {cluster}").ConfigureAwait(false);
        await new ProduceStep(cluster, options, output).RunAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ITrainedModel> models = await train.RunAsync(cluster, cancellationToken).ConfigureAwait(false);
        await new TestStep(cluster, options, output).RunAsync(models, cancellationToken).ConfigureAwait(false);
    }

    public async Task ProduceAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = Connect(options, loggers);
        await new ProduceStep(cluster, options, output).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task TrainAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        if (options.World is { } world)
        {
            await TrainRankAsync(options, world, cancellationToken).ConfigureAwait(false);
            return;
        }

        TrainStep train = await TrainStep.PrepareAsync(options, output).ConfigureAwait(false);
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = Connect(options, loggers);
        await train.RunAsync(cluster, cancellationToken).ConfigureAwait(false);
    }

    public async Task TestAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyList<ITrainedModel> models = new ModelFiles(options.Output).Load(options.Model);
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = Connect(options, loggers);
        await new TestStep(cluster, options, output).RunAsync(models, cancellationToken).ConfigureAwait(false);
    }

    public async Task MonitorAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        StopAt stopAt = Until.Parse(options.Until);
        options = options with { TestTopic = options.LabelsTopic ?? options.TestTopic };
        string scores = MonitorStep.ScoresTopicOf(options);
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = ConnectOrStart(options, loggers);
        if (cluster.IsEmbedded)
        {
            await ProduceAsync(cluster, options, cancellationToken).ConfigureAwait(false);
            await ScoreAsync(cluster, options with { OutputTopic = scores }, cancellationToken).ConfigureAwait(false);
        }

        await new MonitorStep(cluster, options, output).RunAsync(stopAt, cancellationToken).ConfigureAwait(false);
    }

    public async Task ScoreAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        StopAt stopAt = Until.Parse(options.Until);
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = ConnectOrStart(options, loggers);
        if (cluster.IsEmbedded)
        {
            await ProduceAsync(cluster, options, cancellationToken).ConfigureAwait(false);
        }

        await new ScoreStep(cluster, options, output).RunAsync(stopAt, cancellationToken).ConfigureAwait(false);
    }

    public async Task LiveAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = ConnectOrStart(options, loggers);
        await output.WriteLineAsync($"cluster: {cluster}").ConfigureAwait(false);
        await new LiveStep(cluster, options, output).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task LearnAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        StopAt stopAt = Until.Parse(options.Until);
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = ConnectOrStart(options, loggers);
        if (cluster.IsEmbedded)
        {
            await ProduceAsync(cluster, options, cancellationToken).ConfigureAwait(false);
        }

        await new LearnStep(cluster, options, output).RunAsync(stopAt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fills the topics of the embedded broker, which are empty.</summary>
    private async Task ProduceAsync(KafkaCluster cluster, DemoOptions options, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync($"cluster: {cluster}").ConfigureAwait(false);
        await new ProduceStep(cluster, options, output).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Scores the test topic with a model that is learned from the train topic.</summary>
    private async Task ScoreAsync(KafkaCluster cluster, DemoOptions options, CancellationToken cancellationToken)
    {
        string directory = Directory.CreateTempSubdirectory($"{DemoOptions.DefaultCheckpoint}-").FullName;
        try
        {
            DemoOptions learning = options with { LearnerCheckpoint = directory, ModelFile = Path.Combine(directory, LearnStep.ModelFile) };
            await new LearnStep(cluster, learning, output).RunAsync(StopAt.CaughtUp, cancellationToken).ConfigureAwait(false);
            await new ScoreStep(cluster, learning, output).RunAsync(StopAt.CaughtUp, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task TrainRankAsync(DemoOptions options, int world, CancellationToken cancellationToken)
    {
        using ILoggerFactory? loggers = CreateLoggers(options);
        using KafkaCluster cluster = Connect(options, loggers);
        if (options.Model == Learners.LightGbm)
        {
            await new LightGbmRankStep(cluster, options, new LightGbmWorld(options.Rank ?? 0, world, options.Coordinator), output).RunAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        var ranks = new RankGroupOptions(options.Rank ?? 0, world, options.Coordinator ?? LightGbmWorld.DefaultCoordinator);
        await new NetworkRankStep(cluster, options, ranks, output).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private KafkaCluster Connect(DemoOptions options, ILoggerFactory? loggers) => KafkaCluster.Connect(
        Settings(options) ?? throw new DemoException(
            "This command needs a cluster: name it with --bootstrap-servers and --schema-registry, or in a .env file (see .env.example). " +
            "Only run, learn, score, monitor and live work without, on an embedded broker that ends with them."),
        loggers);

    private KafkaCluster ConnectOrStart(DemoOptions options, ILoggerFactory? loggers) =>
        Settings(options) is { } found ? KafkaCluster.Connect(found, loggers) : KafkaCluster.StartEmbedded(loggers);

    private ClusterSettings? Settings(DemoOptions options) => settings.Read(options.BootstrapServers, options.SchemaRegistry, options.EnvFile);

    private static ILoggerFactory? CreateLoggers(DemoOptions options) => options.Verbose
        ? LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Debug).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace))
        : null;
}
