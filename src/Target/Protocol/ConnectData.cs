using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>Data of Connect (NVM Express Base 2.0, 6.3, figure 380): who connects, to what.</summary>
internal sealed record ConnectData(Guid HostId, ushort ControllerId, string SubsystemNqn, string HostNqn)
{
    public const int Size = 1024;
    public const int HostIdAt = 0;
    public const int ControllerIdAt = 16;
    public const int SubsystemNqnAt = 256;
    public const int HostNqnAt = 512;

    /// <summary>Controller id of a Connect that wants a new controller.</summary>
    public const ushort Dynamic = 0xFFFF;

    public static ConnectData Read(ReadOnlySpan<byte> data) => new(
        new Guid(data[HostIdAt..16], bigEndian: true), ReadUInt16LittleEndian(data[ControllerIdAt..]),
        Text(data.Slice(SubsystemNqnAt, Nqn.FieldSize)), Text(data.Slice(HostNqnAt, Nqn.FieldSize)));

    public void Write(Span<byte> data)
    {
        data[..Size].Clear();
        HostId.TryWriteBytes(data[HostIdAt..], bigEndian: true, out _);
        WriteUInt16LittleEndian(data[ControllerIdAt..], ControllerId);
        Encoding.UTF8.GetBytes(SubsystemNqn, data.Slice(SubsystemNqnAt, Nqn.FieldSize));
        Encoding.UTF8.GetBytes(HostNqn, data.Slice(HostNqnAt, Nqn.FieldSize));
    }

    // A field without its terminating NUL is no NQN: read as empty, which the checks refuse.
    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? "" : Encoding.UTF8.GetString(field[..end]);
    }
}
