namespace SusyDemo.Data.Generation;

/// <summary>Energy and momentum in GeV, with c = 1; the beam is the z axis.</summary>
internal readonly record struct FourVector(double E, double X, double Y, double Z)
{
    /// <summary>The momentum across the beam.</summary>
    public double Pt => Math.Sqrt((X * X) + (Y * Y));

    /// <summary>The size of the momentum.</summary>
    public double P => Math.Sqrt((X * X) + (Y * Y) + (Z * Z));

    public double Phi => Math.Atan2(Y, X);

    public double Eta => Math.Asinh(Z / Pt);

    public static FourVector operator +(FourVector a, FourVector b) => new(a.E + b.E, a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    /// <summary>A massless particle.</summary>
    public static FourVector Massless(double pt, double eta, double phi)
    {
        (double sin, double cos) = Math.SinCos(phi);
        return new FourVector(pt * Math.Cosh(eta), pt * cos, pt * sin, pt * Math.Sinh(eta));
    }

    /// <summary>The product of the momenta, without the energies.</summary>
    public double Dot(FourVector other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

    /// <summary>This vector, given where a system is at rest, as it is where the system of the given mass moves with <paramref name="system"/>.</summary>
    public FourVector BoostedTo(FourVector system, double mass)
    {
        double along = Dot(system);
        double k = ((along / (system.E + mass)) + E) / mass;
        return new FourVector(((system.E * E) + along) / mass, X + (k * system.X), Y + (k * system.Y), Z + (k * system.Z));
    }

    /// <summary>This vector as seen by someone who moves with the given velocity.</summary>
    public FourVector SeenFrom(double velocityX, double velocityY, double velocityZ)
    {
        double square = (velocityX * velocityX) + (velocityY * velocityY) + (velocityZ * velocityZ);
        double gamma = 1 / Math.Sqrt(Math.Max(1 - square, 1e-12));
        var system = new FourVector(gamma, -gamma * velocityX, -gamma * velocityY, -gamma * velocityZ);
        return BoostedTo(system, 1);
    }
}
