using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
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

    private readonly Demo _demo;

    public DemoCommandLine(Demo demo)
    {
        _demo = demo;
        _model.AcceptOnlyFromAmong([Learners.All, .. Learners.Names]);
        _rows.CustomParser = result => WholeNumber(result, 1, long.MaxValue);
        _batchSize.CustomParser = result => (int)WholeNumber(result, 1, int.MaxValue);
        _epochs.CustomParser = result => (int)WholeNumber(result, 1, int.MaxValue);
        _seed.CustomParser = result => (int)WholeNumber(result, int.MinValue, int.MaxValue);
        Root = Create();
    }

    public RootCommand Root { get; }

    private RootCommand Create()
    {
        Option[] cluster = [_bootstrapServers, _schemaRegistry, _envFile, _verbose];
        Option[] data = [_data, _trainData, _testData, _rows, _append];
        Option[] training = [_model, _batchSize, _epochs, _seed, _output];
        Option[] everything = [.. data, .. training, _trainTopic, _testTopic, .. cluster];

        var root = new RootCommand(
            "Trains models that tell supersymmetric particles from background, from Kafka topics. " +
            "Without a command: run, on an embedded broker if no cluster is named.");
        Set(root, everything, _demo.RunAsync);
        root.Subcommands.Add(Set(new Command("run", "produce, train and test"), everything, _demo.RunAsync));
        root.Subcommands.Add(Set(new Command("produce", "write events to the train and the test topic"), [.. data, _seed, _trainTopic, _testTopic, .. cluster], _demo.ProduceAsync));
        root.Subcommands.Add(Set(new Command("train", "train models from the train topic, and save them"), [.. training, _resume, _trainTopic, .. cluster], _demo.TrainAsync));
        root.Subcommands.Add(Set(new Command("test", "test the saved models with the test topic"), [_model, _output, _testTopic, .. cluster], _demo.TestAsync));
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
