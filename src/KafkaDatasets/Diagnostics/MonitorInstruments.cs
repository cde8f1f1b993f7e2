using System.Diagnostics.Metrics;

namespace KafkaDatasets.Diagnostics;

/// <summary>The figures of models as metrics of the library's meter: the gauges have those of the latest window.</summary>
internal static class MonitorInstruments
{
    private const string Version = "kafkadatasets.model.version";
    private const string Class = "kafkadatasets.model.class";

    private static readonly Meter Meter = new(Instruments.Name);

    private static readonly Counter<long> Rows = Meter.CreateCounter<long>("kafkadatasets.model.rows", "{row}", "Scores joined with their labels.");

    private static readonly Counter<long> Unmatched = Meter.CreateCounter<long>("kafkadatasets.model.unmatched", "{row}", "Scores without a label in time.");

    private static readonly Gauge<double> Accuracy = Meter.CreateGauge<double>("kafkadatasets.model.accuracy", "1", "The accuracy of the latest window of rows.");

    private static readonly Gauge<double> Auc = Meter.CreateGauge<double>("kafkadatasets.model.auc", "1", "The area under the ROC curve of the latest window of rows.");

    private static readonly Gauge<double> LogLoss = Meter.CreateGauge<double>("kafkadatasets.model.log_loss", "1", "The log loss of the latest window of rows.");

    private static readonly Gauge<double> CalibrationError = Meter.CreateGauge<double>("kafkadatasets.model.calibration_error", "1", "The expected calibration error of the latest window of rows.");

    private static readonly Gauge<double> MacroAccuracy = Meter.CreateGauge<double>("kafkadatasets.model.macro_accuracy", "1", "The mean recall of the classes in the latest window of rows.");

    private static readonly Gauge<double> Precision = Meter.CreateGauge<double>("kafkadatasets.model.precision", "1", "The precision of a class in the latest window of rows.");

    private static readonly Gauge<double> Recall = Meter.CreateGauge<double>("kafkadatasets.model.recall", "1", "The recall of a class in the latest window of rows.");

    private static readonly Gauge<double> MeanError = Meter.CreateGauge<double>("kafkadatasets.model.mean_error", "", "The mean of prediction − label in the latest window of rows.");

    private static readonly Gauge<double> RootMeanSquaredError = Meter.CreateGauge<double>("kafkadatasets.model.rmse", "", "The root of the mean squared error of the latest window of rows.");

    public static void Record(string topic, string version, ModelMetrics metrics)
    {
        KeyValuePair<string, object?>[] tags = [new(Instruments.Topic, topic), new("messaging.system", "kafka"), new(Version, version)];
        Rows.Add(metrics.Rows, tags);
        Unmatched.Add(metrics.Unmatched, tags);
        Set(Accuracy, metrics.Accuracy);
        Set(Auc, metrics.Auc);
        Set(LogLoss, metrics.LogLoss);
        Set(CalibrationError, metrics.CalibrationError);
        Set(MeanError, metrics.Regression?.MeanError);
        Set(RootMeanSquaredError, metrics.Regression?.RootMeanSquaredError);
        Set(MacroAccuracy, metrics.Multiclass?.MacroAccuracy);
        foreach (ClassMetrics one in metrics.Multiclass?.Classes ?? [])
        {
            Set(Precision, one.Precision, new KeyValuePair<string, object?>(Class, one.Name));
            Set(Recall, one.Recall, new KeyValuePair<string, object?>(Class, one.Name));
        }

        void Set(Gauge<double> gauge, double? value, params ReadOnlySpan<KeyValuePair<string, object?>> more)
        {
            if (value is { } known && !double.IsNaN(known))
            {
                gauge.Record(known, [.. tags, .. more]);
            }
        }
    }
}
