using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CarSensors;
using Confluent.Kafka;
using KafkaDatasets.IntegrationTests.Cluster;
using Xunit;

namespace KafkaDatasets.IntegrationTests.CarSensors;

/// <summary>The sample against a real broker, where it scores exactly once.</summary>
public sealed class CarSensorsTests(SharedKafka shared) : IDisposable
{
    private const int History = 12_000, Live = 3000;

    private readonly StringWriter _output = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("car-sensors-").FullName;

    public void Dispose() => Directory.Delete(_directory, true);

    /// <summary>Scores and readings are read by Confluent's consumer, and the area under the curve is counted pair by pair.</summary>
    [Fact(Timeout = 240_000)]
    public async Task Every_reading_is_scored_once_with_its_key_and_failures_are_found()
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string plot = Path.Combine(_directory, "roc.png");
        try
        {
            await new CarDemo(kafka.BootstrapServers, isEmbedded: false, _output).RunAsync(History, Live, plot, TestContext.Current.CancellationToken);

            Dictionary<(int Partition, long Offset), (string Car, bool Fails)> readings = kafka.Consume(CarDemo.SensorTopic)
                .ToDictionary(r => (r.Partition.Value, r.Offset.Value), r => (Text(r.Message.Key), JsonDocument.Parse(r.Message.Value!).RootElement.GetProperty("failure_occurred").GetString() == "true"));
            Assert.Equal(History + Live, readings.Count);
            var scores = new Dictionary<(int Partition, long Offset), float>();
            foreach (ConsumeResult<byte[]?, byte[]?> score in kafka.Consume(CarDemo.ScoreTopic))
            {
                (int, long) position = (int.Parse(Header(score, ScoreHeaders.Partition), CultureInfo.InvariantCulture), long.Parse(Header(score, ScoreHeaders.Offset), CultureInfo.InvariantCulture));
                scores.Add(position, JsonDocument.Parse(score.Message.Value!).RootElement.GetProperty("Score").GetSingle());
                Assert.Equal(readings[position].Car, Text(score.Message.Key));
                Assert.Equal("autoencoder-1", Header(score, ScoreHeaders.ModelVersion));
            }

            Assert.Equal(readings.Count, scores.Count);
            Assert.Contains($"scored: rows {History + Live} topic {CarDemo.ScoreTopic}", _output.ToString());

            // A car's readings are in one partition in their order, and cars take turns, so the first readings of each are those that were learned from.
            ILookup<bool, float> live = readings.GroupBy(r => r.Value.Car).SelectMany(car => car.OrderBy(r => r.Key.Offset).Skip(History / 200)).ToLookup(r => r.Value.Fails, r => scores[r.Key]);
            double area = live[true].Sum(f => live[false].Sum(s => f > s ? 1 : f == s ? 0.5 : 0)) / ((double)live[true].Count() * live[false].Count());
            Match line = Regex.Match(_output.ToString(), "anomalies: AUC (0\\.[0-9]{4}) rows ([0-9]+) failures ([0-9]+)");
            Assert.Equal($"{Live} {live[true].Count()}", $"{line.Groups[2]} {line.Groups[3]}");
            Assert.Equal(area, double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture), 0.0002);
            Assert.True(area > 0.8, _output.ToString());
            Assert.True(File.Exists(plot));
        }
        finally
        {
            await kafka.Admin.DeleteTopicsAsync([CarDemo.SensorTopic, CarDemo.ScoreTopic]);
        }
    }

    private static string Text(byte[]? bytes) => Encoding.UTF8.GetString(bytes!);

    private static string Header(ConsumeResult<byte[]?, byte[]?> record, string name) => Text(record.Message.Headers.GetLastBytes(name));
}
