using System.Runtime.CompilerServices;

namespace SusyDemo.Data;

/// <summary>One event: the label and the 18 features, all floats. The properties bear the names of the Avro fields.</summary>
internal sealed class SusyRecord
{
    private Values _values;

    /// <summary>A value by its index in <see cref="SusyFields.All"/>.</summary>
    public float this[int field]
    {
        get => _values[field];
        set => _values[field] = value;
    }

    public float signal { get => _values[0]; set => _values[0] = value; }

    public float lepton_1_pT { get => _values[1]; set => _values[1] = value; }

    public float lepton_1_eta { get => _values[2]; set => _values[2] = value; }

    public float lepton_1_phi { get => _values[3]; set => _values[3] = value; }

    public float lepton_2_pT { get => _values[4]; set => _values[4] = value; }

    public float lepton_2_eta { get => _values[5]; set => _values[5] = value; }

    public float lepton_2_phi { get => _values[6]; set => _values[6] = value; }

    public float missing_energy_magnitude { get => _values[7]; set => _values[7] = value; }

    public float missing_energy_phi { get => _values[8]; set => _values[8] = value; }

    public float MET_rel { get => _values[9]; set => _values[9] = value; }

    public float axial_MET { get => _values[10]; set => _values[10] = value; }

    public float M_R { get => _values[11]; set => _values[11] = value; }

    public float M_TR_2 { get => _values[12]; set => _values[12] = value; }

    public float R { get => _values[13]; set => _values[13] = value; }

    public float MT2 { get => _values[14]; set => _values[14] = value; }

    public float S_R { get => _values[15]; set => _values[15] = value; }

    public float M_Delta_R { get => _values[16]; set => _values[16] = value; }

    public float dPhi_r_b { get => _values[17]; set => _values[17] = value; }

    public float cos_theta_r1 { get => _values[18]; set => _values[18] = value; }

    [InlineArray(19)]
    private struct Values
    {
        private float _first;
    }
}
