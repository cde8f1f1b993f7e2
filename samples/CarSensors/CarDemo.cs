using System.Globalization;
using KafkaDatasets;
using ScottPlot;

namespace CarSensors;

/// <summary>The demo, from the cars to the ROC curve.</summary>
/// <param name="bootstrapServers">The cluster. On a real one the topics keep what earlier runs wrote.</param>
/// <param name="isEmbedded">Whether the broker is the embedded one, which has no transactions: scores are then written at least once, not exactly once.</param>
/// <param name="output">Where results are written.</param>
internal sealed class CarDemo(string bootstrapServers, bool isEmbedded, TextWriter output)
{
    public const string SensorTopic = "sensor-data";
    public const string ScoreTopic = "model-predictions";
    private const string Group = "anomaly-detector";
    private const int Epochs = 12;

    /// <summary>What a row is: the JSON has no schema, so its columns are declared. The 18 sensors are the features.</summary>
    private readonly KafkaDatasetOptions _sensors = new()
    {
        BootstrapServers = bootstrapServers,
        Format = RecordFormat.Json([.. CarReading.Sensors.Select(s => new DatasetColumn(s, ColumnType.Single)), new DatasetColumn("failure_occurred", ColumnType.Text)]),
        Features = CarReading.Sensors,
        Label = LabelColumn.Binary("failure_occurred", positive: "true", negative: "false"),
    };

    /// <summary>Runs it.</summary>
    public async Task RunAsync(int historyRows, int liveRows, string plotFile, CancellationToken cancellationToken)
    {
        var fleet = new Fleet(cars: 200, seed: 7);
        await using KafkaRecordWriter<CarReading> cars = await KafkaRecordWriter<CarReading>.OpenAsync(SensorTopic, Writer with { Key = "car" }, cancellationToken);
        await SendAsync(cars, fleet.Read(historyRows), cancellationToken);

        DatasetSnapshot learned;
        var autoencoder = new Autoencoder(seed: 1);
        await using (KafkaDataset dataset = await KafkaDataset.OpenAsync(SensorTopic, _sensors, cancellationToken))
        {
            learned = dataset.Snapshot;
            await TrainAsync(dataset, autoencoder, cancellationToken);
        }

        // The cars go on while their readings are scored. To stop, this demo waits until none has arrived for two seconds; a service would use StopAt.Never.
        var model = new ScoringModel("autoencoder-1", AnomalyModel.Create(autoencoder), TimeProvider.System.GetUtcNow());
        await using (KafkaScorer scorer = await KafkaScorer.JoinAsync(SensorTopic, _sensors, new ScorerOptions
        {
            GroupId = Group,
            OutputTopic = ScoreTopic,
            Model = ModelSource.Of(model),
            Delivery = isEmbedded ? Delivery.AtLeastOnce : Delivery.ExactlyOnce,
            Writer = Writer,
        }, cancellationToken))
        {
            Task sending = SendAsync(cars, fleet.Read(liveRows), cancellationToken);
            ScoringTotals totals = await scorer.RunAsync(StopAt.IdleFor(TimeSpan.FromSeconds(2)), cancellationToken);
            await sending;
            output.WriteLine($"scored: rows {totals.Rows} topic {ScoreTopic}");
        }

        List<(float Score, bool Fails)> scored = await JoinAsync(learned, cancellationToken);
        (IReadOnlyList<(double FalsePositives, double TruePositives)> roc, double area) = Roc.Of(scored);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"anomalies: AUC {area:F4} rows {scored.Count} failures {scored.Count(s => s.Fails)}"));
        Draw(roc, area, plotFile);
        output.WriteLine($"plot: {Path.GetFullPath(plotFile)}");
    }

    private KafkaWriterOptions Writer => new() { BootstrapServers = bootstrapServers, Format = WriteFormat.Json, Framing = SchemaFraming.None };

    private static async Task SendAsync(KafkaRecordWriter<CarReading> cars, IEnumerable<CarReading> readings, CancellationToken cancellationToken)
    {
        foreach (CarReading reading in readings)
        {
            await cars.WriteAsync(reading, cancellationToken);
        }

        await cars.FlushAsync(cancellationToken);
    }

    /// <summary>Learns from sound cars only, in a new order each epoch.</summary>
    private async Task TrainAsync(KafkaDataset dataset, Autoencoder autoencoder, CancellationToken cancellationToken)
    {
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            (double loss, long rows, int batches) = (0, 0, 0);
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 100, Shuffle = Shuffle.Seeded(seed: 1, epoch) }, cancellationToken))
            {
                using (batch)
                {
                    float[][] sound = [.. Enumerable.Range(0, batch.Rows).Where(i => batch.Labels[i] == 0).Select(i => batch.Features.GetSpan([i, 0], CarReading.Sensors.Length).ToArray())];
                    if (epoch == 0 && batches == 0)
                    {
                        autoencoder.Standardize(sound);
                    }

                    loss += sound.Length > 0 ? autoencoder.Learn(sound) : 0;
                    rows += sound.Length;
                    batches++;
                }
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch + 1}: loss {loss / batches:F4} rows {rows}"));
        }
    }

    /// <summary>Puts the scores of the readings that the model did not learn from beside what was the matter with the cars, by the position of the reading.</summary>
    private async Task<List<(float Score, bool Fails)>> JoinAsync(DatasetSnapshot learned, CancellationToken cancellationToken)
    {
        Dictionary<int, long> ends = learned.Partitions.ToDictionary(p => p.Partition, p => p.End);
        var fails = new Dictionary<(int, long), bool>();
        await using (KafkaDataset sensors = await KafkaDataset.OpenAsync(SensorTopic, _sensors, cancellationToken))
        {
            await foreach (TensorBatch batch in sensors.ReadBatchesAsync(cancellationToken: cancellationToken))
            {
                using (batch)
                {
                    for (int i = 0; i < batch.Rows; i++)
                    {
                        fails[(batch.Partitions[i], batch.Offsets[i])] = batch.Labels[i] == 1;
                    }
                }
            }
        }

        await using KafkaDataset scores = await KafkaDataset.OpenAsync(ScoreTopic, new KafkaDatasetOptions
        {
            BootstrapServers = bootstrapServers,
            Format = RecordFormat.Json([new DatasetColumn("Score", ColumnType.Single)]),
            RecordColumns = [RecordColumn.Header(ScoreHeaders.Partition, "InputPartition"), RecordColumn.Header(ScoreHeaders.Offset, "InputOffset")],
        }, cancellationToken);
        var joined = new Dictionary<(int Partition, long Offset), float>();
        var ml = new Microsoft.ML.MLContext();
        foreach (ScoreRow row in ml.Data.CreateEnumerable<ScoreRow>(scores.ToDataView(ml), reuseRowObject: true))
        {
            joined[(int.Parse(row.InputPartition, CultureInfo.InvariantCulture), long.Parse(row.InputOffset, CultureInfo.InvariantCulture))] = row.Score;
        }

        return [.. joined.Where(s => s.Key.Offset >= ends.GetValueOrDefault(s.Key.Partition)).Select(s => (s.Value, fails[s.Key]))];
    }

    private static void Draw(IReadOnlyList<(double FalsePositives, double TruePositives)> roc, double area, string file)
    {
        using var plot = new Plot();
        plot.Title("Failures of cars, found by an autoencoder");
        plot.XLabel("sound readings taken for failures");
        plot.YLabel("failures found");
        ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(roc.Select(p => p.FalsePositives).ToArray(), roc.Select(p => p.TruePositives).ToArray());
        line.LegendText = string.Create(CultureInfo.InvariantCulture, $"AUC {area:F4}");
        line.LineWidth = 2;
        ScottPlot.Plottables.LinePlot chance = plot.Add.Line(0, 0, 1, 1);
        chance.LinePattern = LinePattern.Dotted;
        chance.LineColor = Colors.Gray;
        plot.Axes.SetLimits(0, 1, 0, 1);
        plot.ShowLegend(Alignment.LowerRight);
        plot.SavePng(file, 800, 800);
    }

    private sealed class ScoreRow
    {
        public float Score { get; set; }

        public string InputPartition { get; set; } = "";

        public string InputOffset { get; set; } = "";
    }
}
