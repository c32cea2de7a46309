// The model speaks of the protocol that there is: a message that is renamed or goes away is missing here before anybody trusts
// what Spin says.
import { catalogue } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { messagesOfModel, plantedBugs } from './removal-model.js'

describe('the model of the removal protocol', () => {
  it('names messages of the catalogue, and those that removal is about', async () => {
    const messages = await messagesOfModel()
    expect(messages).to.include.members(['removeTracker', 'handleRemoveResources', 'retract', 'quiescent'])
    expect(messages.filter((name) => !Object.hasOwn(catalogue, name))).to.deep.equal([])
  })

  it('has bugs to be found', async () => {
    expect(await plantedBugs()).to.have.length.above(5)
  })
})
