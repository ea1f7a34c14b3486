using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Migrate.Executor.Destinations;

/// <summary>The part of libvirt's C interface that is used here. Strings that libvirt returns are freed by the caller.</summary>
internal static partial class LibvirtNative
{
    private const string Libvirt = "libvirt.so.0";
    private const string LibvirtQemu = "libvirt-qemu.so.0";

    public const uint DefineValidate = 1;
    public const uint XmlInactive = 2;
    public const uint StartPaused = 1;
    /// <summary>The domain ends with the connection that started it.</summary>
    public const uint StartAutoDestroy = 2;
    public const uint StartValidate = 16;
    /// <summary>Managed save image, snapshot metadata and checkpoint metadata: leftovers that would make undefine fail.</summary>
    public const uint UndefineLeftovers = 1 | 2 | 16;
    public const uint UndefineNvram = 4;
    public const uint UndefineKeepNvram = 8;

    /// <summary>libvirt prints every error to stderr unless it is given a function; errors here become exceptions.</summary>
    public static unsafe void Silence() => virSetErrorFunc(0, &Ignore);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(nint userData, nint error)
    {
    }

    /// <summary>Takes over a string that libvirt allocated.</summary>
    public static string? TakeString(nint text)
    {
        if (text == 0)
        {
            return null;
        }
        var result = Marshal.PtrToStringUTF8(text);
        free(text);
        return result;
    }

    [LibraryImport(Libvirt)]
    private static unsafe partial void virSetErrorFunc(nint userData, delegate* unmanaged[Cdecl]<nint, nint, void> handler);

    [LibraryImport(Libvirt)]
    public static partial int virInitialize();

    [LibraryImport(Libvirt)]
    public static partial nint virGetLastError();

    [LibraryImport(Libvirt)]
    public static partial void virResetLastError();

    [LibraryImport(Libvirt, StringMarshalling = StringMarshalling.Utf8)]
    public static partial ConnectHandle virConnectOpen(string uri);

    [LibraryImport(Libvirt)]
    public static partial int virConnectClose(nint connection);

    [LibraryImport(Libvirt)]
    public static partial int virConnectIsAlive(ConnectHandle connection);

    [LibraryImport(Libvirt)]
    public static partial int virConnectGetLibVersion(ConnectHandle connection, out nuint version);

    [LibraryImport(Libvirt)]
    public static partial int virConnectGetVersion(ConnectHandle connection, out nuint version);

    [LibraryImport(Libvirt)]
    public static partial nint virConnectGetHostname(ConnectHandle connection);

    [LibraryImport(Libvirt)]
    public static partial nint virConnectGetCapabilities(ConnectHandle connection);

    [LibraryImport(Libvirt, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint virConnectGetDomainCapabilities(
        ConnectHandle connection, string? emulator, string? architecture, string? machine, string? domainType, uint flags);

    /// <summary>Of the whole host for cell -1: fields of 80 bytes of name and a number of KiB. Without parameters it tells how many there are.</summary>
    [LibraryImport(Libvirt)]
    public static partial int virNodeGetMemoryStats(ConnectHandle connection, int cell, Span<byte> fields, ref int count, uint flags);

    /// <summary>Bytes; 0 is an error.</summary>
    [LibraryImport(Libvirt)]
    public static partial int virNodeGetCellsFreeMemory(ConnectHandle connection, Span<ulong> free, int startCell, int maxCells);

    [LibraryImport(Libvirt)]
    public static partial int virNodeGetFreePages(ConnectHandle connection, uint sizes, ReadOnlySpan<uint> kibibytes, int startCell, uint cells, Span<ulong> counts, uint flags);

    [LibraryImport(Libvirt)]
    public static unsafe partial int virConnectListAllStoragePools(ConnectHandle connection, out nint* pools, uint flags);

    [LibraryImport(Libvirt)]
    public static partial int virStoragePoolFree(nint pool);

    [LibraryImport(Libvirt)]
    public static partial int virStoragePoolGetInfo(nint pool, out StoragePoolInfo info);

    [LibraryImport(Libvirt)]
    public static partial nint virStoragePoolGetXMLDesc(nint pool, uint flags);

    [LibraryImport(Libvirt)]
    public static unsafe partial int virConnectListAllNetworks(ConnectHandle connection, out nint* networks, uint flags);

    [LibraryImport(Libvirt)]
    public static partial int virNetworkFree(nint network);

    [LibraryImport(Libvirt)]
    public static partial int virNetworkIsActive(nint network);

    [LibraryImport(Libvirt)]
    public static partial nint virNetworkGetXMLDesc(nint network, uint flags);

    /// <summary>struct _virStoragePoolInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct StoragePoolInfo
    {
        public int State;
        public ulong Capacity;
        public ulong Allocation;
        public ulong Available;
    }

    [LibraryImport(Libvirt, StringMarshalling = StringMarshalling.Utf8)]
    public static partial DomainHandle virDomainLookupByName(ConnectHandle connection, string name);

    [LibraryImport(Libvirt, StringMarshalling = StringMarshalling.Utf8)]
    public static partial DomainHandle virDomainDefineXMLFlags(ConnectHandle connection, string xml, uint flags);

    [LibraryImport(Libvirt)]
    public static partial int virDomainFree(nint domain);

    [LibraryImport(Libvirt)]
    public static partial int virDomainGetUUID(DomainHandle domain, Span<byte> uuid);

    [LibraryImport(Libvirt)]
    public static partial int virDomainGetState(DomainHandle domain, out int state, out int reason, uint flags);

    [LibraryImport(Libvirt)]
    public static partial int virDomainCreateWithFlags(DomainHandle domain, uint flags);

    [LibraryImport(Libvirt)]
    public static partial int virDomainGetInfo(DomainHandle domain, out DomainInfo info);

    /// <summary>struct _virDomainInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DomainInfo
    {
        public byte State;
        public nuint MaxMemory;
        public nuint Memory;
        public ushort VirtualCpus;
        public ulong CpuNanoseconds;
    }

    [LibraryImport(Libvirt, StringMarshalling = StringMarshalling.Utf8)]
    public static partial DomainHandle virDomainCreateXML(ConnectHandle connection, string xml, uint flags);

    [LibraryImport(Libvirt)]
    public static partial int virDomainSuspend(DomainHandle domain);

    [LibraryImport(Libvirt)]
    public static partial int virDomainResume(DomainHandle domain);

    [LibraryImport(Libvirt)]
    public static partial int virDomainShutdownFlags(DomainHandle domain, uint flags);

    [LibraryImport(Libvirt)]
    public static partial int virDomainDestroyFlags(DomainHandle domain, uint flags);

    [LibraryImport(Libvirt)]
    public static partial int virDomainUndefineFlags(DomainHandle domain, uint flags);

    [LibraryImport(Libvirt)]
    public static partial nint virDomainGetXMLDesc(DomainHandle domain, uint flags);

    [LibraryImport(Libvirt)]
    public static unsafe partial int virConnectListAllDomains(ConnectHandle connection, out nint* domains, uint flags);

    /// <summary>Of a domain in a list, which has no handle of its own.</summary>
    [LibraryImport(Libvirt, EntryPoint = "virDomainGetXMLDesc")]
    public static partial nint DescribeDomain(nint domain, uint flags);

    /// <summary>Frees a list that libvirt allocated, not what is in it.</summary>
    public static void FreeList(nint list) => free(list);

    [LibraryImport(LibvirtQemu, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int virDomainQemuMonitorCommand(DomainHandle domain, string command, out nint result, uint flags);

    /// <summary>The guest agent's answer, to be freed; 0 is an error. <paramref name="timeout"/> in seconds.</summary>
    [LibraryImport(LibvirtQemu, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint virDomainQemuAgentCommand(DomainHandle domain, string command, int timeout, uint flags);

    public static unsafe void Free(void* memory) => free((nint)memory);

    [LibraryImport("libc")]
    private static partial void free(nint memory);
}
