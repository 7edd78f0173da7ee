using Google.Protobuf;
using VideoMesh.Actors.Market;
using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Chain.Store;
using Wire = VideoMesh.Actors.Mesh.Wire;

namespace VideoMesh.Actors.Earnings;

/// <summary>What a miner is owed, in a file: kept before anybody gets its signature, so that it never signs for other bytes of the same segment. One owner.</summary>
/// <param name="journal">Of this miner alone; the caller disposes of it.</param>
public sealed class EarningsJournal(EventJournal journal)
{
    private const string Receipts = "receipts";
    private const string OpenedType = "escrow";
    private const string HeldType = "held";
    private const string WordType = "word";
    private const string ReceiptType = "receipt";
    private const int MaxBytes = 256 << 10;

    private readonly Dictionary<string, long> _last = new(StringComparer.Ordinal);

    /// <summary>The state with all that was kept.</summary>
    /// <exception cref="StoreException">The file is damaged.</exception>
    public EarningsState Load(EarningsState empty)
    {
        var state = empty;
        foreach (var stream in journal.List())
        {
            _last[stream.Stream] = stream.Last.Sequence;
            foreach (var kept in journal.Read(stream.Stream))
            {
                state = Apply(state, kept.Type, kept.Payload.Span);
            }
        }

        return state with { Settled = [.. state.Settled.OrderBy(receipt => receipt.Height).ThenBy(receipt => receipt.Id)] };
    }

    public void Opened(JobEscrow escrow) => Append(escrow.Id.ToString(), OpenedType, escrow.Encode());

    public void Holds(HeldSegment held)
    {
        var writer = new RlpWriter().StartList().Address(held.Order.Key.Client).Bytes(held.Message.ToByteArray()).StartList();
        foreach (var result in held.Results)
        {
            writer.Bytes(result.Encode());
        }

        Append(held.Order.Escrowed!.Escrow.ToString(), HeldType, writer.EndList().EndList().ToArray());
    }

    public void Acknowledged(Hash256 job, Wire.WorkAcknowledged message) => Append(job.ToString(), WordType, message.ToByteArray());

    public void Settled(ClaimReceipt receipt) => Append(Receipts, ReceiptType, receipt.Encode());

    /// <summary>Nothing more can come of a job.</summary>
    public void Forget(Hash256 job)
    {
        journal.Delete(job.ToString());
        _last.Remove(job.ToString());
    }

    private static EarningsState Apply(EarningsState state, string type, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case OpenedType when ContractObject.TryDecode(payload) is JobEscrow escrow:
                return state with { Jobs = state.Jobs.SetItem(escrow.Id, new OwedJob(escrow.Id, escrow.Client, escrow.Terms) { Seen = escrow }) };
            case HeldType:
                return state.Holds(ReadHeld(payload));
            case WordType when EarningsMessages.TryRead(Wire.WorkAcknowledged.Parser.ParseFrom(payload), out var word):
                return state.Acknowledged(state.Jobs[word.Escrow], word.Work, word.Assigned, word.Assignment);
            case ReceiptType when ContractObject.TryDecode(payload) is ClaimReceipt receipt:
                return state with { Settled = state.Settled.Add(receipt) };
            default:
                throw new InvalidDataException($"The journal of what this miner is owed holds something unknown: {type}.");
        }
    }

    private static HeldSegment ReadHeld(ReadOnlySpan<byte> payload)
    {
        var outer = new RlpReader(payload, MaxBytes);
        var reader = outer.ReadList();
        outer.End();
        var client = reader.ReadAddress();
        var message = Wire.AssignSegment.Parser.ParseFrom(reader.ReadBytes(MaxBytes));
        var results = new List<SignedResult>();
        for (var list = reader.ReadList(); !list.AtEnd;)
        {
            results.Add(SignedResult.Decode(list.ReadBytes(MaxBytes)));
        }

        reader.End();
        return JobMessages.TryRead(message, client, out var order)
            ? new HeldSegment(order, message, [.. results])
            : throw new InvalidDataException("The journal of what this miner is owed holds an order that cannot be read.");
    }

    private void Append(string stream, string type, byte[] payload) =>
        _last[stream] = journal.Append(stream, _last.GetValueOrDefault(stream), new NewEvent(type, payload));
}
