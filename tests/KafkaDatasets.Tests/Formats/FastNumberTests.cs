using System.Globalization;
using System.Text;
using CsCheck;
using KafkaDatasets.Formats;
using Xunit;

namespace KafkaDatasets.Tests.Formats;

/// <summary>Numbers read by products of powers of five are those that .NET reads, digit by digit.</summary>
public sealed class FastNumberTests
{
    private static readonly Gen<string> Numbers = Gen.Select(Gen.Bool, Gen.Int[1, 20], Gen.Int[0, 20], Gen.ULong, Gen.ULong, Gen.Int[-400, 400], Gen.Int[0, 3]).Select((isNegative, whole, fraction, first, second, exponent, style) =>
    {
        string digits = first.ToString("D20", CultureInfo.InvariantCulture)[^whole..].TrimStart('0');
        string number = (isNegative ? "-" : "") + (digits.Length == 0 ? "0" : digits);
        number += style is 0 or 2 ? "" : "." + second.ToString("D20", CultureInfo.InvariantCulture)[^Math.Max(1, fraction)..];
        return number + (style < 2 ? "" : $"e{exponent / (style == 2 ? 1 : 20)}");
    });

    [Fact]
    public void Random_numbers_are_the_nearest() => Numbers.Sample(Check, iter: 300_000, threads: 2);

    [Fact]
    public void Numbers_as_NET_writes_them_are_read_back() => Gen.Select(Gen.Long.Select(BitConverter.Int64BitsToDouble), Gen.Int.Select(BitConverter.Int32BitsToSingle)).Sample(
        (number, single) =>
        {
            if (double.IsFinite(number) && float.IsFinite(single))
            {
                Check(number.ToString("R", CultureInfo.InvariantCulture));
                Check(number.ToString("E16", CultureInfo.InvariantCulture));
                Check(single.ToString("R", CultureInfo.InvariantCulture));
                Check(((double)single).ToString("R", CultureInfo.InvariantCulture));
            }
        },
        iter: 100_000,
        threads: 2);

    /// <summary>Halfway between two numbers, at the ends of the ranges, and with digits that say so late.</summary>
    [Theory]
    [InlineData("9007199254740993")]
    [InlineData("9007199254740992.5")]
    [InlineData("9007199254740995")]
    [InlineData("16777217")]
    [InlineData("16777219.0")]
    [InlineData("1.00000017881393432617187499")]
    [InlineData("1.000000178813934326171875")]
    [InlineData("1.00000017881393432617187501")]
    [InlineData("1.7976931348623157e308")]
    [InlineData("1.7976931348623159e308")]
    [InlineData("2.2250738585072011e-308")]
    [InlineData("2.2250738585072014e-308")]
    [InlineData("4.9e-324")]
    [InlineData("3.4028235e38")]
    [InlineData("3.4028236e38")]
    [InlineData("1.1754944e-38")]
    [InlineData("1e-45")]
    [InlineData("0.000000000000000000000000000000000000000012345678901234567")]
    [InlineData("18446744073709551615")]
    [InlineData("18446744073709551616")]
    [InlineData("9999999999999999999")]
    [InlineData("10000000000000000000")]
    [InlineData("0e999999999999")]
    [InlineData("-0")]
    [InlineData("-0.0e-5")]
    [InlineData("1e22")]
    [InlineData("1e23")]
    [InlineData("8.5e-5")]
    [InlineData("7.3177701707893310e+15")]
    public void Hard_numbers_are_the_nearest(string text) => Check(text);

    [Theory]
    [InlineData("01")]
    [InlineData("-")]
    [InlineData("+1")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("")]
    [InlineData("x")]
    public void What_JSON_has_no_number_for_is_not_read(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Assert.False(FastNumber.TryRead(utf8, out FastNumber number) && number.Length == text.Length);
        Assert.NotEqual(utf8.Length, text.Length == 0 ? -1 : FastNumber.ReadDouble(utf8, out _));
        Assert.NotEqual(utf8.Length, text.Length == 0 ? -1 : FastNumber.ReadSingle(utf8, out _));
        Assert.NotEqual(utf8.Length, text.Length == 0 ? -1 : FastNumber.ReadInteger(utf8, out _));
    }

    /// <summary>Most numbers are read without loops, and none that JSON does not have.</summary>
    [Theory]
    [InlineData("0", true)]
    [InlineData("-0.0", true)]
    [InlineData("12345678", true)]
    [InlineData("123456789", false)]
    [InlineData("0.1234567890123456", true)]
    [InlineData("0.12345678901234567", true)]
    [InlineData("-12345678.123456789012345678901", true)]
    [InlineData("0.00012345678901234567", false)]
    [InlineData("1.00000005960464477", false)]
    [InlineData("1e5", false)]
    [InlineData("01", false)]
    [InlineData("1.", false)]
    [InlineData(".1", false)]
    [InlineData("-", false)]
    [InlineData("--1", false)]
    [InlineData("+1", false)]
    public void Most_numbers_are_read_without_loops(string text, bool isRead)
    {
        byte[] among = [.. Digits(NearNumber.Before), .. Encoding.UTF8.GetBytes(text), (byte)',', .. Digits(NearNumber.After)];
        Assert.Equal(isRead ? text.Length : 0, NearNumber.ReadSingle(ref among[NearNumber.Before], out float value));
        if (isRead)
        {
            Assert.Equal(float.Parse(text, CultureInfo.InvariantCulture), value);
        }
    }

    private static byte[] Digits(int count) => [.. Enumerable.Repeat((byte)'7', count)];

    private static void Check(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        double expected = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        float single = float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        bool isRead = FastNumber.TryRead([.. utf8, (byte)','], out FastNumber number);
        if (isRead)
        {
            Assert.Equal(utf8.Length, number.Length);
            Assert.True(!number.TryGetDouble(out double fast) || BitConverter.DoubleToInt64Bits(fast) == BitConverter.DoubleToInt64Bits(expected), $"{text}: {fast:R}, not {expected:R}");
            Assert.True(!number.TryGetSingle(out float fastSingle) || BitConverter.SingleToInt32Bits(fastSingle) == BitConverter.SingleToInt32Bits(single), $"{text}: {fastSingle:R}, not {single:R}");
            Assert.True(!number.IsInteger || number.Integer == decimal.Parse(text, CultureInfo.InvariantCulture), text);
        }
        else
        {
            Assert.True(text.Count(char.IsAsciiDigit) > 19, text);
        }

        int simple = FastNumber.ReadDouble([.. utf8, (byte)','], out double number64);
        Assert.True(simple == 0 || (simple == utf8.Length && BitConverter.DoubleToInt64Bits(number64) == BitConverter.DoubleToInt64Bits(expected)), $"{text}: {number64:R}, not {expected:R}");
        int simpleSingle = FastNumber.ReadSingle([.. utf8, (byte)','], out float number32);
        Assert.True(simpleSingle == 0 || (simpleSingle == utf8.Length && BitConverter.SingleToInt32Bits(number32) == BitConverter.SingleToInt32Bits(single)), $"{text}: {number32:R}, not {single:R}");
        int integer = FastNumber.ReadInteger([.. utf8, (byte)','], out long number63);
        Assert.True(integer == 0 || (integer == utf8.Length && number63 == decimal.Parse(text, CultureInfo.InvariantCulture)), text);

        byte[] among = [.. Digits(NearNumber.Before), .. utf8, (byte)',', .. Digits(NearNumber.After)];
        int near = NearNumber.ReadSingle(ref among[NearNumber.Before], out float nearSingle);
        Assert.True(near == 0 || (near == utf8.Length && BitConverter.SingleToInt32Bits(nearSingle) == BitConverter.SingleToInt32Bits(single) && nearSingle.Equals((float)expected)), $"{text}: {nearSingle:R}, not {single:R}");
        int nearInteger = NearNumber.ReadInteger(ref among[NearNumber.Before], out long near63);
        Assert.True(nearInteger == 0 || (nearInteger == utf8.Length && near63 == decimal.Parse(text, CultureInfo.InvariantCulture)), text);
        int measured = NearNumber.Measure(ref among[NearNumber.Before]);
        Assert.True(measured == 0 || measured == utf8.Length, text);

        Assert.Equal(double.IsFinite(expected), NumberText.TryReadDouble(utf8, out double value));
        Assert.True(!double.IsFinite(expected) || BitConverter.DoubleToInt64Bits(value) == BitConverter.DoubleToInt64Bits(expected), text);
    }
}
