namespace SusyDemo.Data;

/// <summary>Events as a detector with a wrong energy scale sees them.</summary>
internal static class ShiftedEvents
{
    /// <summary>The fields that are energies, momenta or masses, and so grow with the scale. Angles and ratios do not.</summary>
    private static readonly int[] Energies =
        [.. new[] { "lepton_1_pT", "lepton_2_pT", "missing_energy_magnitude", "MET_rel", "axial_MET", "M_R", "M_TR_2", "MT2", "S_R", "M_Delta_R" }.Select(f => SusyFields.IndexOf(f))];

    /// <summary>Returns the event with its energies multiplied.</summary>
    /// <param name="record">The event; it is changed.</param>
    /// <param name="scale">The factor.</param>
    public static SusyRecord Scale(SusyRecord record, float scale)
    {
        foreach (int field in Energies)
        {
            record[field] *= scale;
        }

        return record;
    }
}
