using System.CommandLine;
using KafkaDatasets.Benchmarks;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Micro;
using KafkaDatasets.Benchmarks.Suites;

var suites = new Option<string[]>("--suite") { Description = $"Which suites: {string.Join(", ", BenchmarkRun.Suites)}. Default all that the broker allows.", AllowMultipleArgumentsPerToken = true };
suites.AcceptOnlyFromAmong([.. BenchmarkRun.Suites]);
var only = new Option<string[]>("--only") { Description = $"Which readers of the speed suite ({string.Join(", ", SpeedSuite.Names)}), part of the training suite ({string.Join(", ", TrainingSuite.Names)}) or of the live suite ({string.Join(", ", LiveSuite.Names)}), which topics of the formats suite ({string.Join(", ", FormatsSuite.Names)}) or of the shapes suite ({string.Join(", ", ShapesSuite.Names)}), or which benchmarks of the micro suite ({string.Join(", ", MicroSuite.Names)}). Default all.", AllowMultipleArgumentsPerToken = true };
only.AcceptOnlyFromAmong([.. SpeedSuite.Names, .. TrainingSuite.Names, .. LiveSuite.Names, .. FormatsSuite.Names, .. ShapesSuite.Names, .. MicroSuite.Names]);
var embedded = new Option<bool>("--embedded") { Description = "Use the embedded broker." };
var bootstrapServers = new Option<string?>("--bootstrap-servers") { Description = "Use this cluster. Default: a broker started from KAFKA_HOME, else the embedded one." };
var schemaRegistry = new Option<string?>("--schema-registry") { Description = "The schema registry's address. Default: the embedded one." };
var rows = new Option<long?>("--rows") { Description = "Rows of a topic. Default: as the suite has it." };
var rounds = new Option<int?>("--rounds") { Description = "How often each contender runs, in turn; the tables show medians. Default 3." };
var seconds = new Option<double?>("--seconds") { Description = "How long each run is at least, after passes that warm up for as long, at most 3, and on until nothing is compiled any more, at most 10. Default 1.5." };
var quick = new Option<bool>("--quick") { Description = "Few rows, one short run of everything: shows only that it works." };
var markdown = new Option<FileInfo?>("--markdown") { Description = "Put the tables into this Markdown file, each suite in place of its section." };
var plot = new Option<FileInfo?>("--plot") { Description = "Draw the rows per second of the speed suite into this file (.png or .svg), and those of the formats suite's payment event into FILE-event." };

var root = new RootCommand("Reads and writes the same rows with KafkaDatasets and with others, and compares.")
{
    suites, only, embedded, bootstrapServers, schemaRegistry, rows, rounds, seconds, quick, markdown, plot,
};
root.SetAction((arguments, cancellationToken) => BenchmarkRun.RunAsync(
    new BenchmarkSettings
    {
        Suites = arguments.GetValue(suites) ?? [],
        Only = arguments.GetValue(only) ?? [],
        UseEmbedded = arguments.GetValue(embedded),
        BootstrapServers = arguments.GetValue(bootstrapServers),
        SchemaRegistryUrl = arguments.GetValue(schemaRegistry),
        Rows = arguments.GetValue(rows),
        Rounds = arguments.GetValue(rounds),
        Seconds = arguments.GetValue(seconds),
        Quick = arguments.GetValue(quick),
        Markdown = arguments.GetValue(markdown)?.FullName,
        Plot = arguments.GetValue(plot)?.FullName,
    },
    cancellationToken));

// What a run starts for each measurement: a process that prints one line of JSON.
root.Add(Hidden(PassMeasurement.Command, PassMeasurement.AnswerAsync));
root.Add(Hidden(FirstPassMeasurement.Command, FirstPassMeasurement.AnswerAsync));
root.Add(Hidden(DroppedViewsMeasurement.Command, DroppedViewsMeasurement.AnswerAsync));
root.Add(Hidden(LightGbmMeasurement.Command, LightGbmMeasurement.AnswerAsync));
root.Add(Hidden(OpeningMeasurement.Command, OpeningMeasurement.AnswerAsync));

return await root.Parse(args).InvokeAsync();

static Command Hidden(string name, Func<string, CancellationToken, Task> run)
{
    var task = new Argument<string>("task");
    var command = new Command(name) { task };
    command.Hidden = true;
    command.SetAction((arguments, cancellationToken) => run(arguments.GetRequiredValue(task), cancellationToken));
    return command;
}
