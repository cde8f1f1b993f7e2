using System.Buffers.Binary;
using Confluent.SchemaRegistry;

namespace KafkaDatasets.IntegrationTests.Cluster;

/// <summary>SUSY records, encoded by hand: magic byte, schema id, 19 floats.</summary>
internal static class Susy
{
    public static readonly string[] Fields =
    [
        "signal", "lepton_1_pT", "lepton_1_eta", "lepton_1_phi", "lepton_2_pT", "lepton_2_eta", "lepton_2_phi",
        "missing_energy_magnitude", "missing_energy_phi", "MET_rel", "axial_MET", "M_R", "M_TR_2", "R", "MT2", "S_R", "M_Delta_R", "dPhi_r_b", "cos_theta_r1",
    ];

    public static string Schema { get; } =
        $$"""{"type":"record","name":"SUSYRecord","namespace":"x10x_storage_machine_learning","fields":[{{string.Join(',', Fields.Select(f => $$"""{"name":"{{f}}","type":"float"}"""))}}]}""";

    /// <summary>Registers the schema for a topic.</summary>
    /// <returns>Its id.</returns>
    public static Task<int> RegisterAsync(ISchemaRegistryClient registry, string topic) =>
        registry.RegisterSchemaAsync($"{topic}-value", new Schema(Schema, SchemaType.Avro));

    public static byte[] Encode(int schemaId, ReadOnlySpan<float> row)
    {
        byte[] value = new byte[5 + (4 * row.Length)];
        BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(1), schemaId);
        for (int i = 0; i < row.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(value.AsSpan(5 + (4 * i)), row[i]);
        }

        return value;
    }

    /// <summary>A row that no other number makes: the label is its parity.</summary>
    public static float[] Row(int number)
    {
        float[] row = new float[Fields.Length];
        row[0] = number % 2;
        for (int i = 1; i < row.Length; i++)
        {
            row[i] = number + (i / 32f);
        }

        return row;
    }

    public static byte[] Record(int schemaId, int number) => Encode(schemaId, Row(number));
}
