namespace SusyDemo.Data.Generation;

/// <summary>
/// The ten features that physicists derive from two leptons and the missing transverse momentum, by their definitions in the searches for
/// supersymmetry: razor variables (Rogan 2010, arXiv:1006.2727), super-razor variables (Buckley, Lykken, Rogan, Spiropulu 2014, arXiv:1310.4827),
/// stransverse mass. Energies and masses are in GeV, angles in radians. They depend on the low-level features alone.
/// </summary>
internal readonly record struct HighLevelFeatures(
    double MissingEnergyRelative,
    double AxialMissingEnergy,
    double RazorMass,
    double RazorTransverseMass,
    double RazorRatio,
    double StransverseMass,
    double SuperRazorEnergy,
    double SuperRazorMass,
    double SuperRazorAzimuth,
    double SuperRazorCosine)
{
    /// <summary>Computes the features.</summary>
    /// <param name="first">The first lepton, massless.</param>
    /// <param name="second">The second lepton, massless.</param>
    /// <param name="missing">The size of the missing transverse momentum.</param>
    /// <param name="missingPhi">Its azimuth.</param>
    public static HighLevelFeatures From(FourVector first, FourVector second, double missing, double missingPhi)
    {
        (double sin, double cos) = Math.SinCos(missingPhi);
        double missingX = missing * cos;
        double missingY = missing * sin;
        FourVector leptons = first + second;

        double nearest = Math.Min(Separation(first.Phi, missingPhi), Separation(second.Phi, missingPhi));
        double relative = nearest < Math.PI / 2 ? missing * Math.Sin(nearest) : missing;
        double axial = leptons.Pt > 0 ? ((missingX * leptons.X) + (missingY * leptons.Y)) / leptons.Pt : 0;

        double razorMass = Root(Square(first.P + second.P) - Square(leptons.Z));
        double razorTransverse = Root(((missing * (first.Pt + second.Pt)) - ((missingX * leptons.X) + (missingY * leptons.Y))) / 2);
        double stransverse = Generation.StransverseMass.Massless(first, second, missingX, missingY);
        (double energy, double mass, double azimuth, double cosine) = SuperRazor(first, second, missingX, missingY);
        return new HighLevelFeatures(
            relative, axial, razorMass, razorTransverse, razorMass > 0 ? razorTransverse / razorMass : 0, stransverse, energy, mass, azimuth, cosine);
    }

    private static (double Energy, double Mass, double Azimuth, double Cosine) SuperRazor(FourVector first, FourVector second, double missingX, double missingY)
    {
        // Along the beam to where the leptons' momenta along it cancel.
        FourVector leptons = first + second;
        first = first.SeenFrom(0, 0, leptons.Z / leptons.E);
        second = second.SeenFrom(0, 0, leptons.Z / leptons.E);
        leptons = first + second;

        // Across the beam to the razor frame, an estimate of where the pair of parents is at rest.
        double recoilX = leptons.X + missingX;
        double recoilY = leptons.Y + missingY;
        double recoilSquare = Square(recoilX) + Square(recoilY);
        double along = (leptons.X * recoilX) + (leptons.Y * recoilY);
        double s = 2 * (Square(leptons.E) - along + (leptons.E * Root(Square(leptons.E) + recoilSquare - (2 * along))));
        double boost = Math.Sqrt(recoilSquare + s);
        double velocityX = recoilX / boost;
        double velocityY = recoilY / boost;
        first = first.SeenFrom(velocityX, velocityY, 0);
        second = second.SeenFrom(velocityX, velocityY, 0);
        leptons = first + second;
        double azimuth = Separation(leptons.Phi, Math.Atan2(velocityY, velocityX));

        // One step further to where each parent is at rest: opposite boosts after which the leptons have the same energy.
        var apart = new FourVector(0, (first.X - second.X) / leptons.E, (first.Y - second.Y) / leptons.E, (first.Z - second.Z) / leptons.E);
        double mass = Math.Sqrt(s) / 2 * Root(1 - apart.Dot(apart));
        FourVector lepton = first.SeenFrom(apart.X, apart.Y, apart.Z);
        double size = lepton.P * apart.P;
        return (Math.Sqrt(s), mass, azimuth, size > 0 ? Math.Abs(lepton.Dot(apart)) / size : 0);
    }

    private static double Separation(double phi1, double phi2) => Math.Abs(Math.IEEERemainder(phi1 - phi2, 2 * Math.PI));

    private static double Square(double x) => x * x;

    private static double Root(double x) => Math.Sqrt(Math.Max(0, x));
}
