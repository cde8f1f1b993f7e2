namespace SusyDemo.Data;

/// <summary>The fields of a SUSY event, in the order of the UCI data set and of the demo's Avro schema.</summary>
internal static class SusyFields
{
    public const string Label = "signal";

    /// <summary>The kinematic properties that a detector measures.</summary>
    public static IReadOnlyList<string> LowLevel { get; } =
    [
        "lepton_1_pT", "lepton_1_eta", "lepton_1_phi",
        "lepton_2_pT", "lepton_2_eta", "lepton_2_phi",
        "missing_energy_magnitude", "missing_energy_phi",
    ];

    /// <summary>The functions of the low-level fields that physicists have derived to tell signal from background.</summary>
    public static IReadOnlyList<string> HighLevel { get; } =
    [
        "MET_rel", "axial_MET", "M_R", "M_TR_2", "R", "MT2", "S_R", "M_Delta_R", "dPhi_r_b", "cos_theta_r1",
    ];

    public static IReadOnlyList<string> Features { get; } = [.. LowLevel, .. HighLevel];

    public static IReadOnlyList<string> All { get; } = [Label, .. Features];

    /// <summary>The index of a field in <see cref="All"/>, or −1.</summary>
    public static int IndexOf(ReadOnlySpan<char> field)
    {
        for (int i = 0; i < All.Count; i++)
        {
            if (field.SequenceEqual(All[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
