#pragma warning disable IDE1006 // the generator's names
using Avro;
using Avro.Specific;

namespace x10x_storage_machine_learning;

/// <summary>The record as Avro's code generator makes it.</summary>
public sealed class SUSYRecord : ISpecificRecord
{
    public static readonly Schema _SCHEMA = Schema.Parse(
        """
        {"type":"record","name":"SUSYRecord","namespace":"x10x_storage_machine_learning","fields":[
        {"name":"signal","type":"float"},
        {"name":"lepton_1_pT","type":"float"},{"name":"lepton_1_eta","type":"float"},{"name":"lepton_1_phi","type":"float"},
        {"name":"lepton_2_pT","type":"float"},{"name":"lepton_2_eta","type":"float"},{"name":"lepton_2_phi","type":"float"},
        {"name":"missing_energy_magnitude","type":"float"},{"name":"missing_energy_phi","type":"float"},
        {"name":"MET_rel","type":"float"},{"name":"axial_MET","type":"float"},{"name":"M_R","type":"float"},{"name":"M_TR_2","type":"float"},
        {"name":"R","type":"float"},{"name":"MT2","type":"float"},{"name":"S_R","type":"float"},{"name":"M_Delta_R","type":"float"},
        {"name":"dPhi_r_b","type":"float"},{"name":"cos_theta_r1","type":"float"}]}
        """);

    internal static IReadOnlyList<string> Fields { get; } = [.. ((RecordSchema)_SCHEMA).Fields.Select(f => f.Name)];

    public Schema Schema => _SCHEMA;

    public float signal { get; set; }

    public float lepton_1_pT { get; set; }

    public float lepton_1_eta { get; set; }

    public float lepton_1_phi { get; set; }

    public float lepton_2_pT { get; set; }

    public float lepton_2_eta { get; set; }

    public float lepton_2_phi { get; set; }

    public float missing_energy_magnitude { get; set; }

    public float missing_energy_phi { get; set; }

    public float MET_rel { get; set; }

    public float axial_MET { get; set; }

    public float M_R { get; set; }

    public float M_TR_2 { get; set; }

    public float R { get; set; }

    public float MT2 { get; set; }

    public float S_R { get; set; }

    public float M_Delta_R { get; set; }

    public float dPhi_r_b { get; set; }

    public float cos_theta_r1 { get; set; }

    public object Get(int fieldPos) => fieldPos switch
    {
        0 => signal,
        1 => lepton_1_pT,
        2 => lepton_1_eta,
        3 => lepton_1_phi,
        4 => lepton_2_pT,
        5 => lepton_2_eta,
        6 => lepton_2_phi,
        7 => missing_energy_magnitude,
        8 => missing_energy_phi,
        9 => MET_rel,
        10 => axial_MET,
        11 => M_R,
        12 => M_TR_2,
        13 => R,
        14 => MT2,
        15 => S_R,
        16 => M_Delta_R,
        17 => dPhi_r_b,
        18 => cos_theta_r1,
        _ => throw new AvroRuntimeException($"Bad index {fieldPos} in Get()"),
    };

    public void Put(int fieldPos, object fieldValue)
    {
        switch (fieldPos)
        {
            case 0: signal = (float)fieldValue; break;
            case 1: lepton_1_pT = (float)fieldValue; break;
            case 2: lepton_1_eta = (float)fieldValue; break;
            case 3: lepton_1_phi = (float)fieldValue; break;
            case 4: lepton_2_pT = (float)fieldValue; break;
            case 5: lepton_2_eta = (float)fieldValue; break;
            case 6: lepton_2_phi = (float)fieldValue; break;
            case 7: missing_energy_magnitude = (float)fieldValue; break;
            case 8: missing_energy_phi = (float)fieldValue; break;
            case 9: MET_rel = (float)fieldValue; break;
            case 10: axial_MET = (float)fieldValue; break;
            case 11: M_R = (float)fieldValue; break;
            case 12: M_TR_2 = (float)fieldValue; break;
            case 13: R = (float)fieldValue; break;
            case 14: MT2 = (float)fieldValue; break;
            case 15: S_R = (float)fieldValue; break;
            case 16: M_Delta_R = (float)fieldValue; break;
            case 17: dPhi_r_b = (float)fieldValue; break;
            case 18: cos_theta_r1 = (float)fieldValue; break;
            default: throw new AvroRuntimeException($"Bad index {fieldPos} in Put()");
        }
    }
}
