namespace SusyDemo.Data.Generation;

/// <summary>
/// The stransverse mass MT2 (Lester, Summers 1999) of two massless visible particles, each of whose parents also gave a massless invisible one:
/// the least mass that both parents can have, over all ways to share the missing transverse momentum m between the invisible two.
/// </summary>
/// <remarks>
/// A parent of transverse mass up to M leaves its invisible particle inside a parabola around its visible one. Two such convex regions
/// meet if no straight line lies between them. With p the transverse momenta of the visible particles and d a line's normal, that gives
/// <c>MT2² = max over |d| = 1 of 4 (d·m) a b / (a + b)</c>, with <c>a = −d·p1 &gt; 0</c>, <c>b = −d·p2 &gt; 0</c>; and 0 where that is never positive.
/// The logarithm of the right side is concave in the angle of d, so that Newton's method inside a shrinking interval finds the maximum.
/// </remarks>
internal static class StransverseMass
{
    public static double Massless(FourVector first, FourVector second, double missingX, double missingY)
    {
        double low = double.NegativeInfinity;
        double high = double.PositiveInfinity;
        double missing = Math.Atan2(missingY, missingX);
        NarrowTo(0, ref low, ref high);
        NarrowTo(Difference(first.Phi + Math.PI, missing), ref low, ref high);
        NarrowTo(Difference(second.Phi + Math.PI, missing), ref low, ref high);
        if (high - low < 1e-9 || (missingX == 0 && missingY == 0))
        {
            return 0;
        }

        double angle = (low + high) / 2;
        double square = 0;
        for (int i = 0; i < 50; i++)
        {
            (double sin, double cos) = Math.SinCos(missing + angle);
            double m = (cos * missingX) + (sin * missingY);
            double a = -(cos * first.X) - (sin * first.Y);
            double b = -(cos * second.X) - (sin * second.Y);
            square = 4 * m * a * b / (a + b);

            // The derivatives of the logarithms: for f = cos of an angle, f'' = −f.
            double mSlope = ((cos * missingY) - (sin * missingX)) / m;
            double aSlope = ((sin * first.X) - (cos * first.Y)) / a;
            double bSlope = ((sin * second.X) - (cos * second.Y)) / b;
            double sumSlope = ((aSlope * a) + (bSlope * b)) / (a + b);
            double slope = mSlope + aSlope + bSlope - sumSlope;
            double curvature = -2 - (mSlope * mSlope) - (aSlope * aSlope) - (bSlope * bSlope) + (sumSlope * sumSlope);
            if (slope > 0)
            {
                low = angle;
            }
            else
            {
                high = angle;
            }

            double next = angle - (slope / curvature);
            next = next > low && next < high ? next : (low + high) / 2;
            if (Math.Abs(next - angle) < 1e-9)
            {
                break;
            }

            angle = next;
        }

        return Math.Sqrt(Math.Max(0, square));
    }

    /// <summary>Cuts an interval of angles down to those less than a right angle from <paramref name="centre"/>.</summary>
    private static void NarrowTo(double centre, ref double low, ref double high)
    {
        low = Math.Max(low, centre - (Math.PI / 2));
        high = Math.Min(high, centre + (Math.PI / 2));
    }

    private static double Difference(double a, double b) => Math.IEEERemainder(a - b, 2 * Math.PI);
}
