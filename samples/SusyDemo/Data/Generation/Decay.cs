namespace SusyDemo.Data.Generation;

/// <summary>Decays into two particles, in every direction alike.</summary>
internal static class Decay
{
    /// <summary>The momentum of either particle where a system of mass <paramref name="mass"/> that decays into them is at rest.</summary>
    public static double Momentum(double mass, double first, double second)
    {
        double sum = (mass * mass) - ((first + second) * (first + second));
        double difference = (mass * mass) - ((first - second) * (first - second));
        return Math.Sqrt(Math.Max(0, sum * difference)) / (2 * mass);
    }

    /// <summary>The first of the two particles that <paramref name="parent"/>, of mass <paramref name="mass"/>, decays into.</summary>
    public static FourVector First(FourVector parent, double mass, double first, double second, ref SplitMix64 random)
    {
        double momentum = Momentum(mass, first, second);
        double cosine = random.Uniform(-1, 1);
        FourVector atRest = Along(momentum, first, cosine, random.Uniform(0, 2 * Math.PI));
        return atRest.BoostedTo(parent, mass);
    }

    /// <summary>A particle of the given mass and momentum, in the direction of a polar angle's cosine and an azimuth.</summary>
    public static FourVector Along(double momentum, double mass, double cosine, double azimuth)
    {
        double across = momentum * Math.Sqrt(1 - (cosine * cosine));
        (double sin, double cos) = Math.SinCos(azimuth);
        return new FourVector(Math.Sqrt((momentum * momentum) + (mass * mass)), across * cos, across * sin, momentum * cosine);
    }
}
