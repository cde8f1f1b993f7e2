using KafkaDatasets.Decoding;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Decoding;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>Compiled plans give the rows of plans that run step by step, and refuse what those refuse.</summary>
public sealed class CompiledAvroTests
{
    private static readonly string[] ExtraColumns = ["map.a", "map.b"];

    [Fact]
    public void Random_schemas_and_mutated_values()
    {
        Assert.SkipUnless(CompiledPlan.IsSupported, "Plans run step by step in this run.");
        int good = 0;
        int compiled = 0;
        int inBulk = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            var avro = new RandomAvro(seed);
            var random = new Random(seed);
            DatasetSchema columns = AvroColumns.Of(avro.Root, new WantedColumns(ExtraColumns));
            DatasetColumn[] scalars = [.. columns.Columns.Where(c => c.CanBeFeature && c.Type != ColumnType.Boolean)];
            BlockColumn[] layout =
            [
                .. scalars.Length > 0 && random.Next(2) == 0 ? (BlockColumn[])[new BlockColumn(ColumnType.Single, scalars)] : [],
                .. columns.Columns.Where(_ => random.Next(4) > 0).Select(c => new BlockColumn(c)),
            ];
            if (layout.Length == 0)
            {
                continue;
            }

            var pair = new PlanPair(() => AvroPlanCompiler.Compile(avro.Root, avro.Root, new WantedColumns(ExtraColumns), new PartLayout(DataPart.Value, layout)), layout);
            for (int i = 0; i < 150; i++)
            {
                byte[] value = AvroBytes.Encode(avro.NextDatum());
                for (int changes = random.Next(3); changes > 0 && value.Length > 0; changes--)
                {
                    int at = random.Next(value.Length);
                    switch (random.Next(4))
                    {
                        case 0:
                            value = value[..at];
                            break;
                        case 1:
                            value = [.. value[..at], (byte)(random.Next(2) * 0xff), 0x80, .. value[at..]];
                            break;
                        default:
                            value[at] = (byte)random.Next(256);
                            break;
                    }
                }

                good += pair.Compare(value, $"seed {seed} of {avro.Json}") ? 1 : 0;
            }

            compiled += pair.IsCompiled ? 1 : 0;
            inBulk += pair.InBulk;
        }

        Assert.InRange(good, 2000, int.MaxValue);
        Assert.InRange(compiled, 60, 100);
        Assert.InRange(inBulk, good * 0.8, good);
    }
}
