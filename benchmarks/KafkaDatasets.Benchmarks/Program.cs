using System.CommandLine;
using KafkaDatasets.Benchmarks;
using KafkaDatasets.Benchmarks.Readers;

var embedded = new Option<bool>("--embedded") { Description = "Use the embedded broker." };
var bootstrapServers = new Option<string?>("--bootstrap-servers") { Description = "Use this cluster. Default: a broker started from KAFKA_HOME, else the embedded one." };
var schemaRegistry = new Option<string?>("--schema-registry") { Description = "The schema registry's address. Default: the embedded one." };
var rows = new Option<long?>("--rows") { Description = "Rows in the topic. Default 3,000,000; 300,000 on the embedded broker." };
var partitions = new Option<int>("--partitions") { Description = "Partitions of the topic.", DefaultValueFactory = _ => 6 };
var rounds = new Option<int?>("--rounds") { Description = "How often each reader runs, in turn; the table shows medians. Default 5." };
var passes = new Option<int?>("--passes") { Description = "Passes over the topic that one run measures, after one that warms up. Default 2; 10 on the embedded broker." };
var only = new Option<string[]>("--readers") { Description = $"Which readers: {string.Join(", ", ReaderCatalog.Names)}. Default all.", AllowMultipleArgumentsPerToken = true };
only.AcceptOnlyFromAmong([.. ReaderCatalog.Names]);
var memory = new Option<bool>("--memory") { Description = "Instead of speed, compare the peak resident size of reading a tenth of the rows and all of them. Needs a real broker. Default 10,000,000 rows." };
var quick = new Option<bool>("--quick") { Description = "A short run that shows only that everything works." };
var markdown = new Option<FileInfo?>("--markdown") { Description = "Also append the table to this file, as Markdown." };

var root = new RootCommand("Reads the same topic with KafkaDatasets and with Confluent.Kafka, and compares.")
{
    embedded, bootstrapServers, schemaRegistry, rows, partitions, rounds, passes, only, memory, quick, markdown,
};
root.SetAction((arguments, cancellationToken) => BenchmarkRun.RunAsync(
    new BenchmarkSettings
    {
        UseEmbedded = arguments.GetValue(embedded),
        BootstrapServers = arguments.GetValue(bootstrapServers),
        SchemaRegistryUrl = arguments.GetValue(schemaRegistry),
        Rows = arguments.GetValue(rows),
        Partitions = arguments.GetValue(partitions),
        Rounds = arguments.GetValue(rounds),
        Passes = arguments.GetValue(passes),
        Readers = arguments.GetValue(only) is { Length: > 0 } names ? names : ReaderCatalog.Names,
        Memory = arguments.GetValue(memory),
        Quick = arguments.GetValue(quick),
        Markdown = arguments.GetValue(markdown)?.FullName,
    },
    cancellationToken));

// What a run starts for each measurement: one reader in a process of its own, which prints one line of JSON.
var task = new Argument<string>("task");
var measure = new Command("measure") { task };
measure.Hidden = true;
measure.SetAction((arguments, cancellationToken) => MeasuredProcess.MeasureAsync(arguments.GetRequiredValue(task), cancellationToken));
root.Add(measure);

return await root.Parse(args).InvokeAsync();
