using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

/// <summary>Identify (NVM Express Base 2.0, 5.17): dispatch by CNS, and the structures that are lists.</summary>
internal static class IdentifyCommand
{
    public const int Size = 4096;

    public const byte NamespaceCns = 0x00;
    public const byte ControllerCns = 0x01;
    public const byte ActiveListCns = 0x02;
    public const byte DescriptorsCns = 0x03;
    public const byte CommandSetNamespaceCns = 0x05;
    public const byte CommandSetControllerCns = 0x06;
    public const byte CommandSetActiveListCns = 0x07;
    public const byte IndependentNamespaceCns = 0x08;
    public const byte AllocatedListCns = 0x10;
    public const byte AllocatedNamespaceCns = 0x11;
    public const byte AttachedControllersCns = 0x12;
    public const byte ControllerListCns = 0x13;
    public const byte CommandSetsCns = 0x1C;

    private const byte NvmCommandSet = 0;

    public static ushort Execute(in SubmissionEntry entry, Controller controller, CommandReply reply)
    {
        var cns = (byte)entry.Cdw10;
        if (controller.IsDiscovery && cns != ControllerCns)
        {
            return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }

        var commandSet = (byte)(entry.Cdw11 >> 24);
        if (commandSet != NvmCommandSet && cns is CommandSetNamespaceCns or CommandSetControllerCns or CommandSetActiveListCns)
        {
            return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }

        var data = reply.SetData(Size);
        var namespaces = controller.Subsystem.Namespaces;
        switch (cns)
        {
            case ControllerCns:
                IdentifyController.Write(data, controller);
                return NvmeStatus.Success;
            case ActiveListCns or CommandSetActiveListCns:
                WriteList(data, namespaces.All.Where(n => n.Online), entry.Nsid);
                return NvmeStatus.Success;
            case AllocatedListCns:
                WriteList(data, namespaces.All, entry.Nsid);
                return NvmeStatus.Success;
            case AllocatedNamespaceCns when namespaces.Find(entry.Nsid) is { } allocated:
                IdentifyNamespace.Write(data, allocated);
                return NvmeStatus.Success;
            case AllocatedNamespaceCns when entry.Nsid is > 0 and <= NamespaceTable.MaxNsid:
                return NvmeStatus.Success; // not allocated: all zero (5.17.2.9)
            case AttachedControllersCns when namespaces.Find(entry.Nsid) is { Online: true }:
            case ControllerListCns:
                WriteControllerList(data, controller.Subsystem, (ushort)(entry.Cdw10 >> 16));
                return NvmeStatus.Success;
            case CommandSetControllerCns:
                data[0] = SubsystemLimits.VerifyShift; // VSL
                data[1] = SubsystemLimits.WriteZeroesShift; // WZSL; the other limits are absent
                return NvmeStatus.Success;
            case CommandSetsCns:
                data[0] = 1; // the only combination is: NVM
                return NvmeStatus.Success;
            case NamespaceCns or DescriptorsCns or CommandSetNamespaceCns or IndependentNamespaceCns:
                return WriteNamespace(cns, data, namespaces, entry.Nsid, reply);
            case AllocatedNamespaceCns or AttachedControllersCns:
                reply.Clear();
                return NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry;
            default:
                reply.Clear();
                return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }
    }

    private static ushort WriteNamespace(byte cns, Span<byte> data, NamespaceTable namespaces, uint nsid, CommandReply reply)
    {
        if (nsid is 0 or > NamespaceTable.MaxNsid)
        {
            reply.Clear();
            return NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry;
        }

        if (namespaces.Find(nsid) is not { Online: true } one)
        {
            // An inactive namespace has an all-zero structure (5.17.2.1); descriptors it has none.
            if (cns == NamespaceCns)
            {
                return NvmeStatus.Success;
            }

            reply.Clear();
            return NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry;
        }

        switch (cns)
        {
            case NamespaceCns:
                IdentifyNamespace.Write(data, one);
                break;
            case DescriptorsCns:
                IdentifyNamespace.WriteDescriptors(data, one);
                break;
            case IndependentNamespaceCns:
                IdentifyNamespace.WriteIndependent(data, one);
                break;
        }

        return NvmeStatus.Success; // what command set NVM adds (05h) is about protection information: all zero
    }

    // A controller that was lost stays in the list while commands of it may still reach the storage: so a host that has come
    // back knows when it is safe to repeat them.
    private static void WriteControllerList(Span<byte> data, Subsystem subsystem, ushort first)
    {
        var ids = subsystem.ControllerIds.Where(id => id >= first).Order().Take((Size / 2) - 1).ToList();
        WriteUInt16LittleEndian(data, (ushort)ids.Count);
        for (var i = 0; i < ids.Count; i++)
        {
            WriteUInt16LittleEndian(data[((i + 1) * 2)..], ids[i]);
        }
    }

    private static void WriteList(Span<byte> data, IEnumerable<Namespace> namespaces, uint after)
    {
        foreach (var one in namespaces.Where(n => n.Nsid > after).Take(Size / 4))
        {
            WriteUInt32LittleEndian(data, one.Nsid);
            data = data[4..];
        }
    }
}
