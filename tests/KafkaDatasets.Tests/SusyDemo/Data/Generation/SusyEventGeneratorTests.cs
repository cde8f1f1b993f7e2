using SusyDemo.Data;
using SusyDemo.Data.Generation;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Data.Generation;

public sealed class SusyEventGeneratorTests
{
    private static readonly SusyRecord[] Events = [.. new SusyEventGenerator(1, 20_000).Read()];

    [Fact]
    public void The_same_seed_gives_the_same_events_whatever_the_count()
    {
        Assert.Equal(Events.Take(100).SelectMany(Values), new SusyEventGenerator(1, 100).Read().SelectMany(Values));
        Assert.NotEqual(Events.Take(100).SelectMany(Values), new SusyEventGenerator(2, 100).Read().SelectMany(Values));
    }

    [Fact]
    public void All_values_are_finite_and_the_label_is_0_or_1()
    {
        Assert.All(Events, e => Assert.All(Values(e), v => Assert.True(float.IsFinite(v))));
        Assert.InRange(Events.Average(e => e.signal), 0.44f, 0.48f);
        Assert.All(Events, e => Assert.True(e.signal is 0 or 1));
    }

    [Fact]
    public void Features_are_in_the_scale_of_the_UCI_data()
    {
        string[] signed = ["lepton_1_eta", "lepton_1_phi", "lepton_2_eta", "lepton_2_phi", "missing_energy_phi", "axial_MET"];
        foreach (string feature in SusyFields.Features.Where(f => f != "cos_theta_r1"))
        {
            double[] values = [.. Events.Select(e => (double)e[SusyFields.IndexOf(feature)])];
            double mean = values.Average();
            if (signed.Contains(feature))
            {
                Assert.Equal(0, mean, 0.05);
                Assert.Equal(1, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), 0.05);
            }
            else
            {
                Assert.Equal(1, mean, 0.05);
                Assert.True(values.Min() >= 0);
            }
        }

        Assert.InRange(Events.Max(e => e.cos_theta_r1), 0.9f, 1f);
    }

    [Fact]
    public void The_first_lepton_is_the_harder_and_both_pass_the_selection()
    {
        // The scales are 78.80 GeV and 44.96 GeV, and the selection asks for 20 GeV.
        Assert.All(Events, e => Assert.True(e.lepton_1_pT * 78.80 >= (e.lepton_2_pT * 44.96) - 1e-3));
        Assert.InRange(Events.Min(e => e.lepton_2_pT) * 44.96, 19.99, 20.1);
        Assert.InRange(Events.Max(e => Math.Abs(e.lepton_1_eta)) * 1.081, 2.4, 2.5001);
    }

    [Fact]
    public void Heavier_invisible_particles_carry_more_away_and_are_more_central()
    {
        SusyRecord[] signals = [.. Events.Where(e => e.signal == 1)];
        SusyRecord[] backgrounds = [.. Events.Where(e => e.signal == 0)];

        Assert.True(signals.Average(e => e.missing_energy_magnitude) > 1.5 * backgrounds.Average(e => e.missing_energy_magnitude));
        Assert.True(signals.Average(e => e.MT2) > 1.2 * backgrounds.Average(e => e.MT2));
        Assert.True(signals.Average(e => Math.Abs(e.lepton_1_eta)) < backgrounds.Average(e => Math.Abs(e.lepton_1_eta)));
    }

    [Fact]
    public void The_high_level_features_follow_from_the_low_level_ones()
    {
        foreach (SusyRecord e in Events.Take(100))
        {
            FourVector first = FourVector.Massless(e.lepton_1_pT * 78.80, e.lepton_1_eta * 1.081, e.lepton_1_phi * 1.814);
            FourVector second = FourVector.Massless(e.lepton_2_pT * 44.96, e.lepton_2_eta * 1.135, e.lepton_2_phi * 1.814);

            HighLevelFeatures high = HighLevelFeatures.From(first, second, e.missing_energy_magnitude * 81.68, e.missing_energy_phi * 1.813);

            Assert.Equal(high.RazorMass / 144.7, e.M_R, 1e-3);
            Assert.Equal(high.StransverseMass / 47.06, e.MT2, 1e-3);
            Assert.Equal(high.SuperRazorEnergy / 285.5, e.S_R, 1e-3);
        }
    }

    private static IEnumerable<float> Values(SusyRecord e) => Enumerable.Range(0, SusyFields.All.Count).Select(i => e[i]);
}
