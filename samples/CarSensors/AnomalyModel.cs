using Microsoft.ML;
using Microsoft.ML.Data;

namespace CarSensors;

/// <summary>The autoencoder as a model of ML.NET: Features → Score.</summary>
internal static class AnomalyModel
{
    /// <summary>Makes the model.</summary>
    /// <param name="autoencoder">The autoencoder. It is called by one thread at a time.</param>
    public static ITransformer Create(Autoencoder autoencoder)
    {
        var ml = new MLContext();
        return ml.Transforms.CustomMapping<Reading, Anomaly>((reading, anomaly) => anomaly.Score = autoencoder.Score(reading.Features), contractName: null)
            .Fit(ml.Data.LoadFromEnumerable<Reading>([]));
    }

    private sealed class Reading
    {
        [VectorType(18)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Anomaly
    {
        public float Score { get; set; }
    }
}
