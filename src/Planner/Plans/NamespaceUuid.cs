using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.Plans;

/// <summary>
/// Namespace UUIDs are derived and not drawn, so that every artefact can name the device before it exists and a repeated
/// step finds what the first attempt made.
/// </summary>
public static class NamespaceUuid
{
    /// <summary>
    /// The namespace of one disk. A disk without a UUID (some backings have none) is named by its device key, which is unique in its VM.
    /// </summary>
    /// <exception cref="MigrateException">plan.vm-without-identity when the VM has no instance UUID.</exception>
    public static Guid For(Vm vm, VirtualDisk disk) => Guid.TryParse(vm.InstanceUuid, out Guid instanceUuid)
        ? For(instanceUuid, disk.Uuid ?? string.Create(CultureInfo.InvariantCulture, $"key:{disk.Key}"))
        : throw new MigrateException("plan.vm-without-identity", $"vSphere gives no instance UUID for '{vm.Name}', from which its namespaces are named.",
            "Make the VM accessible in vSphere and synchronise.");

    /// <summary>UUIDv5 (RFC 9562, section 5.5) in the name space of the VM's instance UUID, with the disk's UUID as name.</summary>
    public static Guid For(Guid instanceUuid, string diskUuid)
    {
        // Lower case, since vSphere writes a disk's UUID in upper case in some places and in lower in others.
        byte[] name = Encoding.UTF8.GetBytes(diskUuid.ToLowerInvariant());
        byte[] input = [.. instanceUuid.ToByteArray(bigEndian: true), .. name];
#pragma warning disable CA5350 // RFC 9562 defines version 5 with SHA-1; nothing here relies on its strength.
        Span<byte> uuid = SHA1.HashData(input).AsSpan(0, 16);
#pragma warning restore CA5350
        uuid[6] = (byte)((uuid[6] & 0x0F) | 0x50); // version 5
        uuid[8] = (byte)((uuid[8] & 0x3F) | 0x80); // variant 10
        return new Guid(uuid, bigEndian: true);
    }
}
