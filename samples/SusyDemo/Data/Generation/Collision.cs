namespace SusyDemo.Data.Generation;

/// <summary>
/// One toy collision of protons at 8 TeV that gives two leptons and invisible particles, as a detector sees it.
/// Background: a pair of W bosons, each to a lepton and a neutrino. Signal: a pair of charginos of 260 GeV, each to a W boson and an invisible
/// neutralino of 100 GeV. The heavier pair is slower, more central, and carries more energy away unseen.
/// </summary>
internal readonly record struct Collision(FourVector Lepton1, FourVector Lepton2, double MissingX, double MissingY)
{
    private const double BeamEnergy = 8000;
    private const double MassW = 80.4;
    private const double WidthW = 2.1;
    private const double MassChargino = 260;
    private const double MassNeutralino = 100;

    /// <summary>Draws a collision.</summary>
    public static Collision Draw(bool signal, ref SplitMix64 random)
    {
        (FourVector first, FourVector second, double mass1, double mass2) = DrawPair(signal, ref random);
        (FourVector lepton1, FourVector unseen1) = DrawLepton(first, mass1, signal, ref random);
        (FourVector lepton2, FourVector unseen2) = DrawLepton(second, mass2, signal, ref random);
        FourVector unseen = unseen1 + unseen2;

        (double smear1, double smear2) = random.Gaussian();
        (double noiseX, double noiseY) = random.Gaussian();
        double noise = 8 + (0.03 * (lepton1.Pt + lepton2.Pt + unseen.Pt));
        return new Collision(
            Scaled(lepton1, 1 + (0.02 * smear1)), Scaled(lepton2, 1 + (0.02 * smear2)), unseen.X + (noise * noiseX), unseen.Y + (noise * noiseY));
    }

    /// <summary>The pair that the collision makes, with its masses.</summary>
    private static (FourVector First, FourVector Second, double Mass1, double Mass2) DrawPair(bool signal, ref SplitMix64 random)
    {
        double mass1 = signal ? MassChargino : DrawMassW(ref random);
        double mass2 = signal ? MassChargino : DrawMassW(ref random);

        // The energy falls steeply from the threshold, where phase space opens with the pair's velocity.
        double total;
        double momentum;
        do
        {
            total = (mass1 + mass2) * Math.Pow(1 - random.NextDouble(), -1 / (signal ? 5.0 : 4.0));
            momentum = Decay.Momentum(total, mass1, mass2);
        }
        while (random.NextDouble() > 2 * momentum / total);

        // W bosons are exchanged forward, charginos come from one virtual boson.
        double cosine = signal ? DrawSChannelCosine(ref random) : DrawTChannelCosine(ref random);
        double azimuth = random.Uniform(0, 2 * Math.PI);
        FourVector first = Decay.Along(momentum, mass1, cosine, azimuth);
        FourVector second = Decay.Along(momentum, mass2, -cosine, azimuth + Math.PI);

        FourVector system = DrawSystem(total, ref random);
        return (first.BoostedTo(system, total), second.BoostedTo(system, total), mass1, mass2);
    }

    /// <summary>The motion of the pair: along the beam as the partons' momenta differ, across it as jets kick it.</summary>
    private static FourVector DrawSystem(double mass, ref SplitMix64 random)
    {
        double rapidity = 0.35 * Math.Log(BeamEnergy / mass) * random.Gaussian().X;
        double kick = 0.12 * mass * random.Exponential();
        (double sin, double cos) = Math.SinCos(random.Uniform(0, 2 * Math.PI));
        double transverse = Math.Sqrt((mass * mass) + (kick * kick));
        return new FourVector(transverse * Math.Cosh(rapidity), kick * cos, kick * sin, transverse * Math.Sinh(rapidity));
    }

    private static (FourVector Lepton, FourVector Unseen) DrawLepton(FourVector parent, double mass, bool signal, ref SplitMix64 random)
    {
        FourVector boson = parent;
        double bosonMass = mass;
        if (signal)
        {
            bosonMass = DrawMassW(ref random);
            boson = Decay.First(parent, mass, bosonMass, MassNeutralino, ref random);
        }

        FourVector lepton = Decay.First(boson, bosonMass, 0, 0, ref random);
        return (lepton, new FourVector(parent.E - lepton.E, parent.X - lepton.X, parent.Y - lepton.Y, parent.Z - lepton.Z));
    }

    /// <summary>A Breit-Wigner peak, cut at 15 GeV to either side.</summary>
    private static double DrawMassW(ref SplitMix64 random)
    {
        double cut = Math.Atan(15 / (WidthW / 2));
        return MassW + (WidthW / 2 * Math.Tan(random.Uniform(-cut, cut)));
    }

    /// <summary>Density 1 + cos².</summary>
    private static double DrawSChannelCosine(ref SplitMix64 random)
    {
        double cosine;
        do
        {
            cosine = random.Uniform(-1, 1);
        }
        while (random.Uniform(0, 2) > 1 + (cosine * cosine));
        return cosine;
    }

    /// <summary>Density 1 / (1.2 − |cos|).</summary>
    private static double DrawTChannelCosine(ref SplitMix64 random)
    {
        double u = random.Uniform(-1, 1);
        double cosine = 1.2 - (1.2 * Math.Pow(0.2 / 1.2, Math.Abs(u)));
        return Math.CopySign(cosine, u);
    }

    private static FourVector Scaled(FourVector lepton, double factor) => new(lepton.E * factor, lepton.X * factor, lepton.Y * factor, lepton.Z * factor);
}
