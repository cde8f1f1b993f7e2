namespace SusyDemo.Data.Generation;

/// <summary>
/// The scale of each feature, as in the UCI data set: energies, masses and angles that are at least zero are divided by their mean,
/// those of either sign by their deviation around their mean, the cosine is left as it is. The numbers are those of a million events.
/// </summary>
internal static class FeatureScale
{
    private static readonly (double Shift, double Unit)[] Scales =
    [
        (0, 78.80), (0, 1.081), (0, 1.814), // lepton_1_pT, eta, phi
        (0, 44.96), (0, 1.135), (0, 1.814), // lepton_2_pT, eta, phi
        (0, 81.68), (0, 1.813), // missing_energy_magnitude, phi
        (0, 66.68), (-49.35, 70.72), // MET_rel, axial_MET
        (0, 144.7), (0, 78.30), (0, 0.5886), // M_R, M_TR_2, R
        (0, 47.06), // MT2
        (0, 285.5), (0, 55.05), (0, 1.707), (0, 1), // S_R, M_Delta_R, dPhi_r_b, cos_theta_r1
    ];

    /// <summary>A feature's value, by its index in <see cref="SusyFields.Features"/>, in that feature's scale.</summary>
    public static float Apply(int feature, double value) => (float)((value - Scales[feature].Shift) / Scales[feature].Unit);
}
