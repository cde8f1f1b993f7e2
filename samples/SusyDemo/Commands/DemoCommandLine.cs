using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KafkaDatasets.LightGbm;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>The commands and their options.</summary>
internal sealed class DemoCommandLine
{
    private static readonly DemoOptions Defaults = new();

    private readonly Option<string?> _bootstrapServers = new("--bootstrap-servers", "-b")
    {
        Description = "host:port of the brokers, separated by commas. Without it, and without a .env file, run uses an embedded broker",
    };

    private readonly Option<string?> _schemaRegistry = new("--schema-registry") { Description = "the address of the schema registry, http://host:port" };

    private readonly Option<string?> _envFile = new("--env-file")
    {
        Description = "a file with CCLOUD_BOOTSTRAP_ENDPOINT, CCLOUD_CLUSTER_API_KEY and the other settings of .env.example; .env is read if there is one",
    };

    private readonly Option<bool> _verbose = new("--verbose") { Description = "log what the library does" };

    private readonly Option<string> _trainTopic = new("--train-topic")
    {
        Description = "the topic to train from",
        DefaultValueFactory = _ => Defaults.TrainTopic,
    };

    private readonly Option<string> _testTopic = new("--test-topic")
    {
        Description = "the topic to test with",
        DefaultValueFactory = _ => Defaults.TestTopic,
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "a CSV file, plain or .gz: UCI's SUSY.csv.gz (no header, 19 columns), or with a header of signal and any of the features. " +
            "70 % of its rows are to train from. Without data, synthetic events are made",
    };

    private readonly Option<string?> _trainData = new("--train-data") { Description = "a CSV file for the train topic, instead of --data" };

    private readonly Option<string?> _testData = new("--test-data") { Description = "a CSV file for the test topic, instead of --data" };

    private readonly Option<long?> _rows = new("--rows")
    {
        Description = $"how many events to make, or to take from each file at most [default: {EventChoice.DefaultRows:N0} to make, all to take; " +
            $"{EventChoice.DefaultEmbeddedRows:N0} on the embedded broker]",
    };

    private readonly Option<bool> _append = new("--append") { Description = "write to the topics even if there are records in them" };

    private readonly Option<string> _model = new("--model", "-m")
    {
        Description = "which model; all of them are trained at the same time",
        DefaultValueFactory = _ => Defaults.Model,
    };

    private readonly Option<int> _batchSize = new("--batch-size")
    {
        Description = "rows per training step of the network",
        DefaultValueFactory = _ => Defaults.BatchSize,
    };

    private readonly Option<int> _epochs = new("--epochs")
    {
        Description = "passes of the network over the train topic; with few events more of them, and smaller batches, do better",
        DefaultValueFactory = _ => Defaults.Epochs,
    };

    private readonly Option<int> _seed = new("--seed")
    {
        Description = "the seed of all that is random: events, split, weights, dropout",
        DefaultValueFactory = _ => Defaults.Seed,
    };

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "go on with the network's training where an earlier one, with the same options, was interrupted; the result is the same as without the interruption",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "the directory of the models and the pictures",
        DefaultValueFactory = _ => Defaults.Output,
    };

    private readonly Option<string> _until = new("--until")
    {
        Description = "when to end: caught-up (with what the topic holds at the start), idle:SECONDS (when no event has come for so long), or never",
        DefaultValueFactory = _ => Defaults.Until,
    };

    private readonly Option<string?> _scoresTopic = new("--scores-topic") { Description = "the topic with the scores" };

    private readonly Option<string?> _labelsTopic = new("--labels-topic") { Description = "the topic with the labels, which may be the events themselves [default: the test topic]" };

    private readonly Option<string> _range = new("--range")
    {
        Description = "all (what is in the topics) or live (as scores and labels come, until --until)",
        DefaultValueFactory = _ => Defaults.Range,
    };

    private readonly Option<int?> _grace = new("--grace") { Description = "how many seconds a label may be apart from its score [default: any number with --range all, 600 with --range live]" };

    private readonly Option<string?> _report = new("--report") { Description = "the file of the report, an HTML page" };

    private readonly Option<int?> _world = new("--world")
    {
        Description = $"train one model of {Learners.LightGbm} or {NetworkLearner.LearnerName} with this number of processes, each of which takes its part of the rows; give each process its --rank",
    };

    private readonly Option<int?> _rank = new("--rank") { Description = "which of the processes this is, from 0" };

    private readonly Option<string?> _coordinator = new("--coordinator")
    {
        Description = $"host:port on which rank 0 listens, as the others reach it [default: {LightGbmWorld.DefaultCoordinator}]",
    };

    private readonly Option<int> _iterations = new("--iterations")
    {
        Description = $"how many trees of {Learners.LightGbm}, with --world",
        DefaultValueFactory = _ => Defaults.Iterations,
    };

    private readonly Option<string?> _checkpoint = new("--checkpoint")
    {
        Description = $"a directory in which the state of the training of {Learners.LightGbm} is kept, with --world; a training that finds one there continues from it",
    };

    private readonly Option<string?> _learnerCheckpoint = new("--checkpoint")
    {
        Description = $"the directory of the learner's checkpoints; it goes on from the newest one [default: {DemoOptions.DefaultCheckpoint}; a temporary one on the embedded broker, whose events end with it]",
    };

    private readonly Option<long> _checkpointRows = new("--checkpoint-rows")
    {
        Description = "how many rows are learned from one checkpoint to the next, at most",
        DefaultValueFactory = _ => Defaults.CheckpointRows,
    };

    private readonly Option<string?> _modelFile = new("--model-file") { Description = "the file of a model that train or learn has saved" };

    private readonly Option<string?> _outputTopic = new("--output-topic") { Description = "the topic for the scores" };

    private readonly Option<string?> _delivery = new("--delivery")
    {
        Description = $"{ScoreStep.ExactlyOnce} (by transactions) or {ScoreStep.AtLeastOnce} [default: {ScoreStep.ExactlyOnce}; {ScoreStep.AtLeastOnce} on the embedded broker]",
    };

    private readonly Option<string> _scoreGroup = new("--group")
    {
        Description = "the consumer group; start the command more than once to share the work",
        DefaultValueFactory = _ => Defaults.ScoreGroup,
    };

    private readonly Option<string> _group = new("--group")
    {
        Description = "the consumer group",
        DefaultValueFactory = _ => Defaults.Group,
    };

    private readonly Demo _demo;

    public DemoCommandLine(Demo demo)
    {
        _demo = demo;
        _delivery.AcceptOnlyFromAmong(ScoreStep.ExactlyOnce, ScoreStep.AtLeastOnce);
        _model.AcceptOnlyFromAmong([Learners.All, .. Learners.Names]);
        _rows.CustomParser = result => WholeNumber(result, 1, long.MaxValue);
        _batchSize.CustomParser = result => (int)WholeNumber(result, 1, int.MaxValue);
        _epochs.CustomParser = result => (int)WholeNumber(result, 1, int.MaxValue);
        _checkpointRows.CustomParser = result => WholeNumber(result, 1, long.MaxValue);
        _seed.CustomParser = result => (int)WholeNumber(result, int.MinValue, int.MaxValue);
        _range.AcceptOnlyFromAmong(MonitorStep.All, MonitorStep.Live);
        _grace.CustomParser = result => (int)WholeNumber(result, 0, 100_000_000);
        _world.CustomParser = result => (int)WholeNumber(result, 1, 10_000);
        _rank.CustomParser = result => (int)WholeNumber(result, 0, 10_000);
        _iterations.CustomParser = result => (int)WholeNumber(result, 1, int.MaxValue);
        Root = Create();
    }

    public RootCommand Root { get; }

    private RootCommand Create()
    {
        Option[] cluster = [_bootstrapServers, _schemaRegistry, _envFile, _verbose];
        Option[] data = [_data, _trainData, _testData, _rows, _append];
        Option[] training = [_model, _batchSize, _epochs, _seed, _output];
        Option[] ranks = [_world, _rank, _coordinator, _iterations, _checkpoint];
        Option[] everything = [.. data, .. training, _trainTopic, _testTopic, .. cluster];

        var root = new RootCommand(
            "Trains models that tell supersymmetric particles from background, from Kafka topics. " +
            "Without a command: run, on an embedded broker if no cluster is named.");
        Set(root, everything, _demo.RunAsync);
        root.Subcommands.Add(Set(new Command("run", "produce, train and test"), everything, _demo.RunAsync));
        root.Subcommands.Add(Set(new Command("produce", "write events to the train and the test topic"), [.. data, _seed, _trainTopic, _testTopic, .. cluster], _demo.ProduceAsync));
        root.Subcommands.Add(Set(new Command("train", "train models from the train topic, and save them"), [.. training, _resume, .. ranks, _trainTopic, .. cluster], _demo.TrainAsync));
        root.Subcommands.Add(Set(new Command("test", "test the saved models with the test topic"), [_model, _output, _testTopic, .. cluster], _demo.TestAsync));
        root.Subcommands.Add(Set(
            new Command("monitor", "join scores with labels, and say how well each version of the model does; without a cluster, scores of events that are made for the embedded broker, by a model that is learned from them"),
            [_scoresTopic, _labelsTopic, _range, _until, _grace, _report, _output, _trainTopic, _testTopic, _data, _rows, _seed, .. cluster],
            _demo.MonitorAsync));
        root.Subcommands.Add(Set(
            new Command("learn", "learn a model from the train topic as events come, each event once; without a cluster, from events that are made for the embedded broker"),
            [_until, _learnerCheckpoint, _checkpointRows, _group, _trainTopic, _data, _rows, _seed, .. cluster],
            _demo.LearnAsync));
        root.Subcommands.Add(Set(
            new Command("score", "score the test topic with a saved model, each event once; without a cluster, events that are made for the embedded broker"),
            [_modelFile, _outputTopic, _delivery, _until, _scoreGroup, _testTopic, _data, _rows, _seed, .. cluster],
            _demo.ScoreAsync));
        root.Subcommands.Add(Set(
            new Command("live", "the whole loop in a minute: events arrive and are scored, a drift is found, a new model is trained and takes over; without a cluster, on the embedded broker"),
            [_output, _report, _seed, .. cluster],
            _demo.LiveAsync));
        return root;
    }

    private Command Set(Command command, Option[] options, Func<DemoOptions, CancellationToken, Task> action)
    {
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => Failures.GuardAsync(
            () => action(Read(parsed).Validated(), cancellationToken), parsed.InvocationConfiguration.Error, cancellationToken));
        return command;
    }

    private DemoOptions Read(ParseResult parsed) => new()
    {
        BootstrapServers = parsed.GetValue(_bootstrapServers),
        SchemaRegistry = parsed.GetValue(_schemaRegistry),
        EnvFile = parsed.GetValue(_envFile),
        Verbose = parsed.GetValue(_verbose),
        TrainTopic = parsed.GetValue(_trainTopic) ?? Defaults.TrainTopic,
        TestTopic = parsed.GetValue(_testTopic) ?? Defaults.TestTopic,
        Data = parsed.GetValue(_data),
        TrainData = parsed.GetValue(_trainData),
        TestData = parsed.GetValue(_testData),
        Rows = parsed.GetValue(_rows),
        Append = parsed.GetValue(_append),
        Model = parsed.GetValue(_model) ?? Defaults.Model,
        BatchSize = parsed.GetValue(_batchSize),
        Epochs = parsed.GetValue(_epochs),
        Seed = parsed.GetValue(_seed),
        Resume = parsed.GetValue(_resume),
        Output = parsed.GetValue(_output) ?? Defaults.Output,
        Until = parsed.GetValue(_until) ?? Defaults.Until,
        ScoresTopic = parsed.GetValue(_scoresTopic),
        LabelsTopic = parsed.GetValue(_labelsTopic),
        Range = parsed.GetValue(_range) ?? Defaults.Range,
        Grace = parsed.GetValue(_grace),
        Report = parsed.GetValue(_report),
        LearnerCheckpoint = parsed.GetValue(_learnerCheckpoint),
        CheckpointRows = parsed.GetValue(_checkpointRows) is > 0 and long rows ? rows : Defaults.CheckpointRows,
        ModelFile = parsed.GetValue(_modelFile),
        OutputTopic = parsed.GetValue(_outputTopic),
        Delivery = parsed.GetValue(_delivery),
        ScoreGroup = parsed.GetValue(_scoreGroup) ?? Defaults.ScoreGroup,
        Group = parsed.GetValue(_group) ?? Defaults.Group,
        World = parsed.GetValue(_world),
        Rank = parsed.GetValue(_rank),
        Coordinator = parsed.GetValue(_coordinator),
        Iterations = parsed.GetValue(_iterations),
        Checkpoint = parsed.GetValue(_checkpoint),
    };

    /// <summary>The number that an option is given, or an error in plain words.</summary>
    private static long WholeNumber(ArgumentResult result, long least, long most)
    {
        string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) || value > most)
        {
            result.AddError($"{Name(result)} is '{text}', which is not a whole number.");
        }
        else if (value < least)
        {
            result.AddError($"{Name(result)} must be at least {least.ToString(CultureInfo.InvariantCulture)}.");
        }

        return Math.Clamp(value, least, most);
    }

    private static string Name(ArgumentResult result) => (result.Parent as OptionResult)?.Option.Name ?? "the value";
}
