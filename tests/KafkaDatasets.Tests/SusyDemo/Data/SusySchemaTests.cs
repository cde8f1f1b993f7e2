using Avro;
using SusyDemo.Data;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Data;

public sealed class SusySchemaTests
{
    [Fact]
    public void Is_the_demos_record()
    {
        var schema = Assert.IsType<RecordSchema>(Schema.Parse(SusySchema.ToJson(SusyFields.All, false)));

        Assert.Equal("x10x_storage_machine_learning.SUSYRecord", schema.Fullname);
        Assert.Equal(
            [
                "signal", "lepton_1_pT", "lepton_1_eta", "lepton_1_phi", "lepton_2_pT", "lepton_2_eta", "lepton_2_phi",
                "missing_energy_magnitude", "missing_energy_phi", "MET_rel", "axial_MET", "M_R", "M_TR_2", "R", "MT2", "S_R",
                "M_Delta_R", "dPhi_r_b", "cos_theta_r1",
            ],
            schema.Fields.Select(f => f.Name));
        Assert.All(schema.Fields, f => Assert.Equal(Schema.Type.Float, f.Schema.Tag));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Says_whether_the_events_are_synthetic(bool synthetic)
    {
        var schema = (RecordSchema)Schema.Parse(SusySchema.ToJson(["signal", "R"], synthetic));

        Assert.Equal(synthetic, SusySchema.IsSynthetic(schema.Fields[0].Documentation));
        Assert.Equal(["signal", "R"], schema.Fields.Select(f => f.Name));
    }

    [Fact]
    public void The_records_properties_are_its_fields_by_name_and_index()
    {
        for (int i = 0; i < SusyFields.All.Count; i++)
        {
            var record = new SusyRecord { [i] = 7 };

            Assert.Equal(7f, typeof(SusyRecord).GetProperty(SusyFields.All[i])!.GetValue(record));
            Assert.Equal(7f, Enumerable.Range(0, SusyFields.All.Count).Sum(j => record[j]));
        }
    }
}
