using System.Globalization;
using System.IO.Compression;
using SusyDemo;
using SusyDemo.Data;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Data;

public sealed class CsvEventSourceTests : IDisposable
{
    /// <summary>The first row of the UCI file.</summary>
    private const string UciRow =
        "0.000000000000000000e+00,9.728614687919616699e-01,6.538545489311218262e-01,1.176224589347839355e+00,1.157156467437744141e+00," +
        "-1.739873170852661133e+00,-8.743090629577636719e-01,5.677649974822998047e-01,-1.750000000000000000e-01,8.100607395172119141e-01," +
        "-2.525521218776702881e-01,1.921887040138244629e+00,8.896374106407165527e-01,4.107718467712402344e-01,1.145620822906494141e+00," +
        "1.932632088661193848e+00,9.944640994071960449e-01,1.367815494537353516e+00,4.071449860930442810e-02";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Reads_the_UCI_file()
    {
        var source = new CsvEventSource(_directory.Write("SUSY.csv", $"{UciRow}\n{UciRow.Replace("0.000000000000000000e+00", "1.0")}\n"));

        SusyRecord[] records = [.. source.Read()];

        Assert.Equal(SusyFields.All, source.Fields);
        Assert.False(source.Synthetic);
        Assert.Equal(2, records.Length);
        Assert.Equal(0f, records[0].signal);
        Assert.Equal(1f, records[1].signal);
        Assert.Equal(0.9728614687919616699f, records[0].lepton_1_pT);
        Assert.Equal(-1.739873170852661133f, records[0].lepton_2_eta);
        Assert.Equal(-0.175f, records[0].missing_energy_phi);
        Assert.Equal(1.145620822906494141f, records[0].MT2);
        Assert.Equal(0.0407144986f, records[0].cos_theta_r1);
    }

    [Fact]
    public void Reads_a_gzipped_file_whatever_its_name()
    {
        using (var stream = new GZipStream(File.Create(_directory.File("SUSY.data")), CompressionLevel.Fastest))
        using (var writer = new StreamWriter(stream))
        {
            for (int i = 0; i < 1000; i++)
            {
                writer.WriteLine(UciRow);
            }
        }

        Assert.Equal(1000, new CsvEventSource(_directory.File("SUSY.data")).Read().Count());
    }

    [Fact]
    public void Reads_any_subset_of_the_fields_in_any_order_by_the_header()
    {
        var source = new CsvEventSource(_directory.Write("some.csv", "MT2, \"signal\",lepton_1_pT\r\n0.5,1,2.5\r\n\r\n-1e-3,0,7\r\n"));

        SusyRecord[] records = [.. source.Read()];

        Assert.Equal(["signal", "lepton_1_pT", "MT2"], source.Fields);
        Assert.Equal([(1f, 2.5f, 0.5f), (0f, 7f, -0.001f)], records.Select(r => (r.signal, r.lepton_1_pT, r.MT2)));
    }

    [Fact]
    public void Reads_the_same_whatever_the_culture()
    {
        string file = _directory.Write("some.csv", "signal,R\n1,1.5\n");
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        CultureInfo.CurrentCulture.NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = "." };
        try
        {
            Assert.Equal(1.5f, new CsvEventSource(file).Read().Single().R);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Stops_after_the_rows_asked_for()
    {
        string file = _directory.Write("some.csv", "signal,R\n1,1\n0,2\n1,3\nnot read\n");

        Assert.Equal([1f, 2f, 3f], new CsvEventSource(file, 3).Read().Select(r => r.R));
    }

    [Theory]
    [InlineData("signal,R\n1,1\n0,x\n", "line 3, column 2 (R): 'x'")]
    [InlineData("signal,R\n1,NaN\n", "line 2, column 2 (R): 'NaN'")]
    [InlineData("signal,R\n0.5,1\n", "line 2, column 1 (signal): '0.5' is neither 0 (background) nor 1 (signal)")]
    [InlineData("signal,R\n1,1,1\n", "line 2: 3 columns, where 2 are expected")]
    [InlineData("signal,R\n1\n", "line 2: 1 columns, where 2 are expected")]
    [InlineData("signal,R\n\"1\",1\n", "line 2, column 1 (signal)")]
    public void Names_the_place_of_a_malformed_value(string text, string place)
    {
        string file = _directory.Write("bad.csv", text);

        var e = Assert.Throws<DemoException>(() => new CsvEventSource(file).Read().Count());

        Assert.Contains(place, e.Message);
        Assert.Contains(file, e.Message);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("1,2,3\n", "3 columns and no header")]
    [InlineData("R,MT2\n1,2\n", "no column 'signal'")]
    [InlineData("signal\n1\n", "no feature")]
    [InlineData("signal,lepton_3_pT\n1,2\n", "column 2: 'lepton_3_pT' is not a field")]
    [InlineData("signal,R,R\n1,2,3\n", "column 3: 'R' appears twice")]
    public void Refuses_a_file_that_is_not_of_events(string text, string reason)
    {
        string file = _directory.Write("bad.csv", text);

        Assert.Contains(reason, Assert.Throws<DemoException>(() => new CsvEventSource(file)).Message);
    }

    [Fact]
    public void Says_that_a_file_is_not_there() =>
        Assert.Contains("cannot be read", Assert.Throws<DemoException>(() => new CsvEventSource(_directory.File("none.csv"))).Message);

    [Fact]
    public void Says_that_a_gzipped_file_is_cut_off()
    {
        string file = _directory.File("cut.csv.gz");
        using (var stream = new GZipStream(File.Create(file), CompressionLevel.Fastest))
        using (var writer = new StreamWriter(stream))
        {
            writer.WriteLine("signal,R");
            for (int i = 0; i < 100_000; i++)
            {
                writer.WriteLine($"{i % 2},{i}");
            }
        }

        using (FileStream stream = File.OpenWrite(file))
        {
            stream.SetLength(stream.Length / 2);
        }

        Assert.Throws<DemoException>(() => new CsvEventSource(file).Read().Count());
    }
}
