namespace KafkaDatasets.Monitoring.Drift;

/// <summary>Creates detectors from their stored state.</summary>
internal static class Detectors
{
    public static DriftDetector Create(DetectorState state)
    {
        double[] p = state.Parameters;
        try
        {
            DriftDetector detector = (state.Detector, p.Length) switch
            {
                (AdwinDetector.DetectorName, 1) => new AdwinDetector(p[0]),
                (DdmDetector.DetectorName, 3) => new DdmDetector(checked((int)p[0]), p[1], p[2]),
                (EddmDetector.DetectorName, 0) => new EddmDetector(),
                (HddmADetector.DetectorName, 3) => new HddmADetector(p[0], p[1], p[2] != 0),
                (HddmWDetector.DetectorName, 4) => new HddmWDetector(p[0], p[1], p[2], p[3] != 0),
                (PageHinkleyDetector.DetectorName, 4) => new PageHinkleyDetector(checked((int)p[0]), p[1], p[2], p[3]),
                (KswinDetector.DetectorName, 4) => new KswinDetector(p[0], checked((int)p[1]), checked((int)p[2]), checked((int)p[3])),
                _ => throw new FormatException($"The JSON is not the state of a drift detector: there is no detector '{state.Detector}' with {p.Length} parameters."),
            };
            detector.Load(state.State);
            return detector;
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            throw new FormatException($"The JSON is not the state of a drift detector: the parameters or the state of {state.Detector} are invalid.", e);
        }
    }

    /// <summary>Throws unless the number is between 0 and 1, both exclusive.</summary>
    public static double Probability(double value, string parameter) => value is > 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, "A probability between 0 and 1 is needed.");

    /// <summary>Throws unless the number is positive and finite.</summary>
    public static double Positive(double value, string parameter) => value > 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, "A positive number is needed.");
}
