using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Migrate.Planner.Baselines.Series;

/// <summary>The series of several disks as one value: for each its instance and its block, with their lengths.</summary>
internal static class SeriesBundle
{
    public static byte[] Encode(IReadOnlyDictionary<string, SampleSeries> disks)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var (instance, series) in disks)
        {
            Add(output, Encoding.UTF8.GetBytes(instance));
            Add(output, SampleCodec.Encode(series));
        }

        return output.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no bundle, or damaged.</exception>
    public static IReadOnlyDictionary<string, SampleSeries> Decode(byte[] bundle)
    {
        var disks = new Dictionary<string, SampleSeries>(StringComparer.Ordinal);
        for (var at = 0; at < bundle.Length;)
        {
            var instance = Encoding.UTF8.GetString(Next(bundle, ref at));
            disks[instance] = SampleCodec.Decode(Next(bundle, ref at).ToArray());
        }

        return disks;
    }

    private static void Add(ArrayBufferWriter<byte> output, byte[] part)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), part.Length);
        output.Advance(4);
        output.Write(part);
    }

    private static ReadOnlySpan<byte> Next(byte[] bundle, ref int at)
    {
        var length = at + 4 <= bundle.Length ? BinaryPrimitives.ReadInt32LittleEndian(bundle.AsSpan(at)) : -1;
        if (length < 0 || length > bundle.Length - at - 4)
        {
            throw new InvalidDataException("The samples of the baseline break off.");
        }

        var part = bundle.AsSpan(at + 4, length);
        at += 4 + length;
        return part;
    }
}
