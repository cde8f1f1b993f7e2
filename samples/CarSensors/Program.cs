// Connected cars: their sensors' JSON arrives in a topic, an autoencoder learns from it what sound cars are like, scores every reading as it arrives, and writes the scores to another topic.
using System.CommandLine;
using System.Globalization;
using CarSensors;
using KafkaDatasets;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var servers = new Option<string?>("--bootstrap-servers") { Description = "Use this cluster. Default: a broker in the process." };
var history = new Option<int>("--rows") { Description = "Readings to learn from. Default 30000.", DefaultValueFactory = _ => 30_000 };
var live = new Option<int>("--live-rows") { Description = "Readings that arrive while they are scored. Default 20000.", DefaultValueFactory = _ => 20_000 };
var plot = new Option<string>("--plot") { Description = "The picture of the ROC curve. Default car-sensors.png.", DefaultValueFactory = _ => "car-sensors.png" };
var command = new RootCommand("Finds failures of cars in their sensors' readings.") { servers, history, live, plot };
command.SetAction(async (parsed, cancellationToken) =>
{
    using EmbeddedKafka? kafka = parsed.GetValue(servers) is null ? EmbeddedKafka.Start() : null;
    var demo = new CarDemo(kafka?.BootstrapServers ?? parsed.GetValue(servers)!, isEmbedded: kafka is not null, Console.Out);
    await demo.RunAsync(parsed.GetValue(history), parsed.GetValue(live), parsed.GetValue(plot)!, cancellationToken);
});
return await command.Parse(args).InvokeAsync();
