using SusyDemo;
using SusyDemo.Data.Generation;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Data.Generation;

public sealed class HighLevelFeaturesTests
{
    [Fact]
    public void Back_to_back_leptons_with_the_missing_energy_across_them()
    {
        // Along +x and −x with 50 GeV each, 30 GeV missing along +y: all can be worked out by hand.
        var features = HighLevelFeatures.From(FourVector.Massless(50, 0, 0), FourVector.Massless(50, 0, Math.PI), 30, Math.PI / 2);

        Assert.Equal(30, features.MissingEnergyRelative, 1e-6);
        Assert.Equal(100, features.RazorMass, 1e-6);
        Assert.Equal(Math.Sqrt(30 * 100 / 2.0), features.RazorTransverseMass, 1e-6);
        Assert.Equal(Math.Sqrt(1500) / 100, features.RazorRatio, 1e-6);

        // s = 2 (E² + E √(E² + 30²)) with E = 100 and no momentum of the leptons together.
        Assert.Equal(Math.Sqrt(2 * (10000 + (100 * Math.Sqrt(10900)))), features.SuperRazorEnergy, 1e-6);
    }

    [Fact]
    public void Missing_energy_that_balances_two_leptons()
    {
        FourVector first = FourVector.Massless(60, 0.3, 0.5);
        FourVector second = FourVector.Massless(40, -0.8, 1.5);
        FourVector both = first + second;

        var features = HighLevelFeatures.From(first, second, both.Pt, Math.Atan2(-both.Y, -both.X));

        Assert.Equal(-both.Pt, features.AxialMissingEnergy, 1e-6);

        // Nothing recoils, so that the razor frame is the one where the leptons' momenta along the beam cancel, and √s is twice their energy there.
        double energy = Math.Sqrt((both.E * both.E) - (both.Z * both.Z));
        Assert.Equal(2 * energy, features.SuperRazorEnergy, 1e-6);
        Assert.Equal(energy, features.RazorMass, 1e-6);
    }

    [Fact]
    public void Missing_energy_near_a_lepton_counts_only_across_it()
    {
        var features = HighLevelFeatures.From(FourVector.Massless(50, 0, 0), FourVector.Massless(50, 0, 3), 40, Math.PI / 6);

        Assert.Equal(20, features.MissingEnergyRelative, 1e-6);
    }

    [Fact]
    public void Boosts_along_the_beam_change_nothing()
    {
        var random = new Random(3);
        for (int i = 0; i < 100; i++)
        {
            double pt1 = 20 + (80 * random.NextDouble());
            double pt2 = 20 + (80 * random.NextDouble());
            double eta = random.NextDouble();
            double phi = 6 * random.NextDouble();
            double missing = 100 * random.NextDouble();

            // A boost along the beam adds the same to both pseudorapidities.
            HighLevelFeatures still = HighLevelFeatures.From(FourVector.Massless(pt1, eta, 0.1), FourVector.Massless(pt2, -0.4, phi), missing, 2);
            HighLevelFeatures moving = HighLevelFeatures.From(FourVector.Massless(pt1, eta + 1.3, 0.1), FourVector.Massless(pt2, 0.9, phi), missing, 2);

            Assert.Equal(still.RazorMass, moving.RazorMass, 1e-6);
            Assert.Equal(still.SuperRazorEnergy, moving.SuperRazorEnergy, 1e-6);
            Assert.Equal(still.SuperRazorMass, moving.SuperRazorMass, 1e-6);
            Assert.Equal(still.SuperRazorAzimuth, moving.SuperRazorAzimuth, 1e-6);
            Assert.Equal(still.SuperRazorCosine, moving.SuperRazorCosine, 1e-6);
        }
    }

    [Fact]
    public void Decays_conserve_energy_and_momentum_and_keep_masses()
    {
        var random = new SplitMix64(4);
        var parent = new FourVector(Math.Sqrt((200.0 * 200) + (30 * 30) + (40 * 40) + (50 * 50)), 30, 40, 50);
        for (int i = 0; i < 100; i++)
        {
            FourVector child = Decay.First(parent, 200, 80, 100, ref random);
            var other = new FourVector(parent.E - child.E, parent.X - child.X, parent.Y - child.Y, parent.Z - child.Z);

            Assert.Equal(80, Mass(child), 1e-6);
            Assert.Equal(100, Mass(other), 1e-6);
        }
    }

    private static double Mass(FourVector p) => Math.Sqrt((p.E * p.E) - p.Dot(p));
}
