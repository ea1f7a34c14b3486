using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

/// <summary>Asymmetric namespace access log page (0Ch; NVM Express Base 2.0, 5.16.1.13): state and members of each group.</summary>
internal static class AnaLog
{
    private const int HeaderSize = 16;
    private const int DescriptorSize = 32;

    public static byte[] Page(Controller controller, bool groupsOnly)
    {
        var ana = controller.Ana;
        var (allChanges, changes) = ana.Changes;
        var groups = controller.Subsystem.Namespaces.All.GroupBy(n => n.AnaGroup).OrderBy(g => g.Key)
            .Select(g => (Id: g.Key, Members: groupsOnly ? [] : g.Where(n => n.Online).Select(n => n.Nsid).ToList())).ToList();
        var page = new byte[HeaderSize + groups.Sum(g => DescriptorSize + (4 * g.Members.Count))];
        WriteUInt64LittleEndian(page, allChanges); // CHGCNT
        WriteUInt16LittleEndian(page.AsSpan(8), (ushort)groups.Count); // NGRPS
        var rest = page.AsSpan(HeaderSize);
        foreach (var (id, members) in groups)
        {
            WriteUInt32LittleEndian(rest, id);
            WriteUInt32LittleEndian(rest[4..], (uint)members.Count); // NNSIDS
            WriteUInt64LittleEndian(rest[8..], changes[id]);
            rest[16] = (byte)ana.StateOf(id);
            rest = rest[DescriptorSize..];
            foreach (var nsid in members)
            {
                WriteUInt32LittleEndian(rest, nsid);
                rest = rest[4..];
            }
        }

        return page;
    }
}
