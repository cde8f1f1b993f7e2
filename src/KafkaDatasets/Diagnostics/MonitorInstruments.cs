using System.Diagnostics.Metrics;

namespace KafkaDatasets.Diagnostics;

/// <summary>The figures of models as metrics of the library's meter: the gauges have those of the latest window.</summary>
internal static class MonitorInstruments
{
    private const string Version = "kafkadatasets.model.version";

    private static readonly Meter Meter = new(Instruments.Name);

    private static readonly Counter<long> Rows = Meter.CreateCounter<long>("kafkadatasets.model.rows", "{row}", "Scores joined with their labels.");

    private static readonly Counter<long> Unmatched = Meter.CreateCounter<long>("kafkadatasets.model.unmatched", "{row}", "Scores without a label in time.");

    private static readonly Gauge<double> Accuracy = Meter.CreateGauge<double>("kafkadatasets.model.accuracy", "1", "The accuracy of the latest window of rows.");

    private static readonly Gauge<double> Auc = Meter.CreateGauge<double>("kafkadatasets.model.auc", "1", "The area under the ROC curve of the latest window of rows.");

    private static readonly Gauge<double> LogLoss = Meter.CreateGauge<double>("kafkadatasets.model.log_loss", "1", "The log loss of the latest window of rows.");

    private static readonly Gauge<double> CalibrationError = Meter.CreateGauge<double>("kafkadatasets.model.calibration_error", "1", "The expected calibration error of the latest window of rows.");

    public static void Record(string topic, string version, ModelMetrics metrics)
    {
        KeyValuePair<string, object?>[] tags = [new(Instruments.Topic, topic), new("messaging.system", "kafka"), new(Version, version)];
        Rows.Add(metrics.Rows, tags);
        Unmatched.Add(metrics.Unmatched, tags);
        Set(Accuracy, metrics.Accuracy);
        Set(Auc, metrics.Auc);
        Set(LogLoss, metrics.LogLoss);
        Set(CalibrationError, metrics.CalibrationError);

        void Set(Gauge<double> gauge, double value)
        {
            if (!double.IsNaN(value))
            {
                gauge.Record(value, tags);
            }
        }
    }
}
